import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation_core.domain.storage.masking import MASK, masked

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "Token", "x_password_y", "secret_options", "name"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "key",
    [
        "secret",
        "client_secret",
        "CLIENT_SECRET",
        "waldur_api_token",
        "tokens",
        "Password",
        "db_password_2",
        "passwd",
        "credentials",
        "private_key",
    ],
)
@pytest.mark.parametrize("value", ["s3cret", 7, None, ["s3cret"], {"inner": "s3cret"}], ids=ascii)
def test_the_value_of_a_key_that_speaks_of_a_secret_is_masked_whole(key, value):
    assert masked({key: value, "name": "n"}) == {key: MASK, "name": "n"}


@pytest.mark.parametrize(
    "value",
    [
        {"plugin_options": {"deep": [{"api_token": "s3cret"}, ({"password": "s3cret"},)]}},
        {"secret_options": {"a": "s3cret"}},
        [[{"secret_options": ["s3cret"]}]],
        {7: {"token": "s3cret"}},
    ],
    ids=ascii,
)
def test_secrets_are_found_at_any_depth(value):
    assert "s3cret" not in repr(masked(value))


def test_secret_options_are_not_shown_at_all():
    assert masked({"a": 1, "secret_options": {"b": 2}}) == {"a": 1}


@pytest.mark.parametrize("value", [None, True, 7, 0.5, "token: s3cret", [], {}, {"a": [1, {"b": None}]}], ids=ascii)
def test_everything_else_is_shown_as_it_is(value):
    assert masked(value) == value


def test_what_is_nested_too_deep_is_masked_whole():
    deep: object = "s3cret"
    for _ in range(100):
        deep = [deep]
    assert "s3cret" in repr(masked(deep))
    assert "s3cret" not in repr(masked([deep]))
    for _ in range(50_000):
        deep = {"a": deep}
    assert "s3cret" not in repr(masked(deep))


@given(JSON)
def test_masking_twice_masks_no_more(value):
    assert masked(masked(value)) == masked(value)
