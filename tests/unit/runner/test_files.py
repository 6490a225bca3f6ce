import os
import stat

import pytest

from federation_runner.cli.errors import UnwrittenError, UsageMistakeError
from federation_runner.cli.files import Output, result_file, secret_file


def test_a_secret_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "secret"
    with secret_file(path) as file:
        file.write("a token\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "a token\n"


def test_a_secret_file_replaces_nothing(tmp_path):
    path = tmp_path / "secret"
    path.write_text("mine")
    with pytest.raises(UsageMistakeError, match="exists already; name a new file"), secret_file(path):
        pytest.fail("it was opened")
    assert path.read_text() == "mine"


@pytest.mark.parametrize("opened", [secret_file, result_file])
def test_a_new_file_is_gone_again_where_the_work_fails(opened, tmp_path):
    path = tmp_path / "new"
    with pytest.raises(KeyboardInterrupt), opened(path):
        raise KeyboardInterrupt
    assert not path.exists()


@pytest.mark.parametrize("opened", [secret_file, result_file])
@pytest.mark.parametrize("name", ["missing/file", ".", "x" * 300])
def test_a_file_that_cannot_be_made_is_told_before_the_work(opened, name, tmp_path):
    with pytest.raises(UsageMistakeError, match="name a"), opened(tmp_path / name):
        pytest.fail("it was opened")


def test_a_result_replaces_the_last_one_only_when_it_is_there(tmp_path):
    path = tmp_path / "result"
    path.write_text("the last one, which was longer")
    with pytest.raises(ZeroDivisionError), result_file(path):
        raise ZeroDivisionError
    assert path.read_text() == "the last one, which was longer"
    with result_file(path) as file:
        file.write("this one")
    assert path.read_text() == "this one"


def test_a_full_disk_is_one_line(tmp_path):
    number = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(UnwrittenError) as told:
            Output(tmp_path / "result", number).write("text")
    finally:
        os.close(number)
    assert str(told.value) == f"{tmp_path / 'result'}: No space left on device"
    assert told.value.exit_code == 1
