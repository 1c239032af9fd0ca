"""Whole-or-nothing writing: what is there afterwards, whatever fails on the way."""

import errno
import os
import stat
from pathlib import Path

import pytest

from digits20.errors import DataFileError, Digits20Error
from digits20.system.atomic import check_target, write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="permission bits, symlinks and FIFOs are POSIX's")
unprivileged = pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root writes anywhere")


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    return path


def refusal(path, writer=write_atomically, *data):
    with pytest.raises(Digits20Error) as caught:
        writer(path, *data)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: cannot be written: ")
    return message


def failing(code):
    def fail(*_):
        raise OSError(code, os.strerror(code))

    return fail


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_holds_the_data(tmp_path):
    write_atomically(tmp_path / "new", b"data")
    assert (tmp_path / "new").read_bytes() == b"data"


def test_an_old_file_is_replaced_and_nothing_else_left(old):
    write_atomically(old, b"new")
    assert [(path.name, path.read_bytes()) for path in old.parent.iterdir()] == [("file.bin", b"new")]


def test_missing_folders_are_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_atomically("models/runs/a.pkl", b"data")
    assert Path("models/runs/a.pkl").read_bytes() == b"data"


def test_a_name_as_long_as_names_get_is_fine(tmp_path):
    write_atomically(tmp_path / ("n" * 255), b"data")
    assert (tmp_path / ("n" * 255)).read_bytes() == b"data"


@posix
@pytest.mark.parametrize("bits", [0o600, 0o640, 0o666])
def test_an_old_file_keeps_its_permission_bits(old, bits):
    old.chmod(bits)
    write_atomically(old, b"new")
    assert mode(old) == bits


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may give files away")
def test_an_old_file_that_root_writes_keeps_its_owner(old):
    os.chown(old, 1234, 2345)
    old.chmod(0o640)
    write_atomically(old, b"new")
    assert (old.stat().st_uid, old.stat().st_gid, mode(old)) == (1234, 2345, 0o640)


@posix
@pytest.mark.parametrize(("umask", "bits"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_follows_the_umask(tmp_path, umask, bits):
    before = os.umask(umask)
    try:
        write_atomically(tmp_path / "new", b"data")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == bits


@posix
def test_a_symlink_stays_and_its_file_is_written(old):
    (old.parent / "elsewhere").mkdir()
    link = old.parent / "elsewhere" / "link"
    link.symlink_to(old)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert old.read_bytes() == b"new"
    assert list(link.parent.iterdir()) == [link]


@posix
def test_a_dangling_symlink_gets_its_file(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_atomically(tmp_path / "link", b"data")
    assert (tmp_path / "file").read_bytes() == b"data"


@posix
def test_a_circle_of_symlinks_is_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert "symbolic links" in refusal(tmp_path / "a", write_atomically, b"data")


@pytest.mark.parametrize("call", ["open", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EIO, errno.ENOENT])
def test_a_failing_system_call_leaves_the_old_file_alone(old, monkeypatch, call, code):
    monkeypatch.setattr(os, call, failing(code))
    message = refusal(old, write_atomically, b"new")
    monkeypatch.undo()
    assert message.endswith(os.strerror(code).lower())
    assert [(path.name, path.read_bytes()) for path in old.parent.iterdir()] == [("file.bin", b"old")]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_ctrl_c_leaves_the_old_file_alone(old, monkeypatch, call):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, call, interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(old, b"new")
    assert [(path.name, path.read_bytes()) for path in old.parent.iterdir()] == [("file.bin", b"old")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_leaves_the_old_file_alone(old, monkeypatch):
    really_open = os.open
    monkeypatch.setattr(os, "open", lambda *arguments: really_open("/dev/full", os.O_WRONLY))
    message = refusal(old, write_atomically, b"new")
    monkeypatch.undo()
    assert message.endswith(os.strerror(errno.ENOSPC).lower())
    assert old.read_bytes() == b"old"


@posix
def test_a_folder_that_cannot_be_synced_is_no_error(old, monkeypatch):
    really_sync = os.fsync

    def files_only(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        really_sync(handle)

    monkeypatch.setattr(os, "fsync", files_only)
    write_atomically(old, b"new")
    assert old.read_bytes() == b"new"


def test_the_data_is_on_the_disk_before_the_rename(old, monkeypatch):
    calls = []
    sync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (calls.append("fsync"), sync(handle)))
    monkeypatch.setattr(os, "replace", lambda *paths: (calls.append("replace"), replace(*paths)))
    write_atomically(old, b"new")
    assert calls[:2] == ["fsync", "replace"]


@pytest.mark.parametrize("writer", [lambda path: write_atomically(path, b"data"), check_target])
class TestBadTargets:
    def test_a_folder(self, tmp_path, writer):
        assert refusal(tmp_path, writer).endswith("a folder, expected a file")

    def test_a_name_that_ends_like_a_folder(self, tmp_path, writer):
        assert refusal(f"{tmp_path}/models/", writer).endswith("a folder, expected a file")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_is_a_file(self, old, writer):
        assert refusal(old / "model.pkl", writer).endswith(f"{old} is not a folder")

    def test_a_folder_below_a_file(self, old, writer):
        assert refusal(old / "runs" / "model.pkl", writer).endswith("is not a folder")

    @posix
    def test_a_pipe(self, tmp_path, writer):
        os.mkfifo(tmp_path / "pipe")
        assert refusal(tmp_path / "pipe", writer).endswith("a pipe or device, expected a file")

    @posix
    def test_a_device(self, writer):
        assert refusal("/dev/null", writer).endswith("a pipe or device, expected a file")
        assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)

    def test_a_nul_in_the_name(self, tmp_path, writer):
        with pytest.raises(Digits20Error, match=r"a\?b: cannot be written: not a usable file name"):
            writer(f"{tmp_path}/a\0b")

    @unprivileged
    def test_a_read_only_folder(self, tmp_path, writer):
        tmp_path.chmod(0o500)
        try:
            assert refusal(tmp_path / "file", writer).endswith(("permission denied", "read-only"))
        finally:
            tmp_path.chmod(0o700)

    @unprivileged
    def test_a_read_only_file(self, old, writer):
        old.chmod(0o400)
        assert refusal(old, writer).endswith("the file there is read-only")

    def test_a_folder_that_the_system_calls_read_only(self, tmp_path, writer, monkeypatch):
        monkeypatch.setattr(os, "access", lambda *_: False)
        monkeypatch.setattr(os, "open", failing(errno.EACCES))
        refusal(tmp_path / "file", writer)

    @posix
    def test_a_working_folder_that_vanished(self, tmp_path, writer, monkeypatch):
        (tmp_path / "gone").mkdir()
        monkeypatch.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()
        assert refusal("file", writer).endswith("no such file or directory")


def test_checking_a_target_makes_nothing(tmp_path):
    check_target(tmp_path / "models" / "new.pkl")
    assert list(tmp_path.iterdir()) == []


def test_the_error_is_of_the_class_asked_for(tmp_path):
    with pytest.raises(DataFileError):
        write_atomically(tmp_path, b"data", DataFileError)


def test_a_name_with_a_line_break_is_shown_in_one_line(tmp_path):
    (tmp_path / "a\nb").mkdir()
    with pytest.raises(Digits20Error, match=r"a\?b: cannot be written: a folder"):
        write_atomically(tmp_path / "a\nb", b"data")
