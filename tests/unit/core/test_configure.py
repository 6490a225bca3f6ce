"""From configured words to settings."""

from datetime import timedelta
from fractions import Fraction

import pytest
from tests.strategies.builders import a_offering_id, b_customer_id, b_offering_id, some_rules

from federation_core.application.configure import (
    LIMIT_ROUNDINGS,
    ORPHAN_POLICIES,
    SHARED_USAGES,
    USAGE_ATTRIBUTIONS,
    ComponentWish,
    component_mapping,
    identity_rules,
    member_settings,
    order_settings,
    usage_settings,
)
from federation_core.domain.errors import BadFactor, ConfigurationError
from federation_core.domain.identity.rules import IdentityRules
from federation_core.domain.mapping.algebra import ComponentMapping
from federation_core.domain.mapping.attribution import Attribution, SharedUsage
from federation_core.domain.membership.rules import MemberRules
from federation_core.domain.plan.policy import OrphanPolicy
from federation_core.domain.units import Rounding

NODE = ComponentWish({"gpu": 5, "tape": "0.29"})


def test_the_words_are_these():
    assert LIMIT_ROUNDINGS == ("ceil", "floor", "half_up")
    assert USAGE_ATTRIBUTIONS == ("sum", "max", "mean", "primary")
    assert SHARED_USAGES == ("split", "primary")
    assert ORPHAN_POLICIES == ("report", "terminate")


def test_a_wish_without_words_is_rounded_up_and_credited_by_sum():
    mapping = component_mapping({"node": NODE, "cpu": ComponentWish()})
    assert mapping == ComponentMapping.of({"node": {"gpu": 5, "tape": Fraction(29, 100)}, "cpu": {"cpu": 1}})
    assert (mapping.rounding, mapping.shared) == (Rounding.CEIL, None)
    assert {source.attribution for source in mapping.sources} == {Attribution.SUM}


@pytest.mark.parametrize("word", LIMIT_ROUNDINGS)
def test_each_rounding_word_is_understood(word):
    assert component_mapping({"node": NODE}, rounding=word).rounding is Rounding(word)


@pytest.mark.parametrize("word", USAGE_ATTRIBUTIONS)
def test_each_attribution_word_is_understood(word):
    (source,) = component_mapping({"node": ComponentWish({"gpu": 5}, word, "gpu")}).sources
    assert (source.attribution, source.primary) == (Attribution(word), "gpu")


@pytest.mark.parametrize("word", SHARED_USAGES)
def test_each_word_for_shared_usage_is_understood(word):
    wishes = {"a": ComponentWish({"x": 1}, primary_target="x"), "b": ComponentWish({"x": 2})}
    assert component_mapping(wishes, shared=word).shared is SharedUsage(word)


@pytest.mark.parametrize(
    ("options", "wish", "path", "allowed"),
    [
        ({"rounding": "up"}, NODE, "backend_components: limit_rounding", "ceil, floor, half_up"),
        ({"rounding": "CEIL"}, NODE, "backend_components: limit_rounding", "ceil, floor, half_up"),
        ({"shared": "half"}, NODE, "backend_components: shared_target_usage", "split, primary"),
        ({}, ComponentWish({"gpu": 5}, "avg"), "backend_components.node.usage_attribution", "sum, max, mean, primary"),
    ],
)
def test_an_unknown_word_is_refused_with_the_words_there_are(options, wish, path, allowed):
    with pytest.raises(ConfigurationError) as raised:
        component_mapping({"node": wish}, **options)
    (finding,) = raised.value.findings
    assert (finding.path, finding.fix) == (path, f"use one of: {allowed}")


def test_findings_start_where_the_components_stand():
    with pytest.raises(BadFactor) as raised:
        component_mapping({"node": ComponentWish({"gpu": 0})}, path="offerings[2].backend_components")
    assert raised.value.findings[0].path == "offerings[2].backend_components.node.target_components.gpu.factor"


def settings_of(**changes):
    mapping = some_rules().mapping
    return order_settings(offering=a_offering_id(), target_customer=b_customer_id(), mapping=mapping, **changes)


def test_order_settings_without_words_are_the_safe_ones():
    settings = settings_of()
    assert (settings.customer, settings.orphan_policy) == (b_customer_id(), OrphanPolicy.REPORT)
    assert settings.rules == some_rules()
    assert settings.rules.settle == timedelta(seconds=35)


def test_order_settings_carry_every_wish():
    settings = settings_of(
        target_plan="Large", passthrough=["image"], accept_terms=True, settle_seconds=1.5, orphan_policy="terminate"
    )
    assert settings.rules == some_rules(
        target_plan="Large", passthrough=("image",), accept_terms=True, settle=timedelta(seconds=1.5)
    )
    assert settings.orphan_policy is OrphanPolicy.TERMINATE


def test_an_unknown_orphan_policy_is_refused():
    with pytest.raises(ConfigurationError, match="use one of: report, terminate"):
        settings_of(orphan_policy="delete")


def people(policy="owned", **words):
    return member_settings(
        target_customer=b_customer_id(),
        target_offering=b_offering_id(),
        identity=identity_rules(**words),
        policy=policy,
    )


def test_member_settings_without_words_are_the_safe_ones():
    settings = people()
    assert settings.rules == MemberRules(b_customer_id(), b_offering_id())
    assert settings.identity == IdentityRules()
    assert not settings.identity.pushes


@pytest.mark.parametrize(
    "word", [{"policy": "all"}, {"match_field": "name"}, {"resolve_method": "guess"}, {"not_found_action": "panic"}]
)
def test_an_unknown_word_about_people_is_refused(word):
    with pytest.raises(ConfigurationError, match="is not a known word"):
        people(**word)


@pytest.mark.parametrize("zone", ["Middle-Earth/Shire", "../etc/passwd", ""])
def test_a_time_zone_that_is_not_known_is_named(zone):
    with pytest.raises(ConfigurationError, match=r"timezone: .* is no time zone known here"):
        usage_settings(mapping=component_mapping({"node": ComponentWish()}), timezone=zone)
