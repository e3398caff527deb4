"""``make liquid`` builds what is pinned into the project's folder, or says in one line why not and changes nothing."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from seqplay.config import HaskellConfig
from seqplay.errors import ToolError
from seqplay.haskell.sandbox.build import Compiler
from seqplay.proof.liquid import install as installing
from seqplay.proof.liquid.install import PINS, Pin, Source, install, main
from seqplay.proof.liquid.locate import FOLDER, STAMP, VARIABLE, find_liquid

needs_cabal = pytest.mark.skipif(not (shutil.which("cabal") and shutil.which("ghc")), reason="needs cabal and ghc")
TINY = Pin({"seqplay-tiny": "0.1.2"}, "2024-01-01T00:00:00Z")


@pytest.fixture
def repository(tmp_path):
    """A folder of packages with one tiny package in two versions, the newer of which must not be taken."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for version in ("0.1.2", "0.2"):
        package = tmp_path / f"seqplay-tiny-{version}"
        package.mkdir()
        (package / "Tiny.hs").write_text("module Tiny where\ntiny :: Int\ntiny = 1\n")
        (package / "seqplay-tiny.cabal").write_text(
            f"cabal-version: 1.12\nname: seqplay-tiny\nversion: {version}\nbuild-type: Simple\n"
            "library\n  exposed-modules: Tiny\n  build-depends: base\n  default-language: Haskell2010\n"
        )
        with tarfile.open(folder / f"seqplay-tiny-{version}.tar.gz", "w:gz") as archive:
            archive.add(package, arcname=package.name)
    return folder


@needs_cabal
@pytest.mark.slow
def test_the_pinned_version_is_built_with_shared_libraries_into_the_folder(repository, tmp_path):
    folder = tmp_path / "project" / "liquid"
    database = install("ghc", folder, Source(repository), TINY)
    assert folder in database.parents
    assert [path.name.rsplit("-", 1)[0] for path in database.glob("*.conf")] == ["seqplay-tiny-0.1.2"]
    assert list(folder.rglob("libHSseqplay-tiny*.so"))
    visible = ["ghc-pkg", f"--package-db={database}", "list", "--simple-output", "seqplay-tiny"]
    assert "seqplay-tiny-0.1.2" in subprocess.run(visible, capture_output=True, text=True).stdout
    before = database.stat().st_mtime_ns
    assert install("ghc", folder, Source(repository), TINY) == database
    assert database.stat().st_mtime_ns == before


@needs_cabal
@pytest.mark.slow
def test_a_bound_on_what_one_compiler_of_the_series_ships_does_not_stop_the_build(repository, tmp_path):
    bounded = tmp_path / "seqplay-tiny-0.3"
    shutil.copytree(tmp_path / "seqplay-tiny-0.2", bounded)
    cabal = bounded / "seqplay-tiny.cabal"
    bound = cabal.read_text().replace("version: 0.2", "version: 0.3").replace("base\n", "base, bytestring ==0.9\n")
    cabal.write_text(bound)
    with tarfile.open(repository / "seqplay-tiny-0.3.tar.gz", "w:gz") as archive:
        archive.add(bounded, arcname=bounded.name)
    pin = Pin({"seqplay-tiny": "0.3"}, TINY.index_state)
    with pytest.raises(ToolError, match="cabal cannot build"):
        install("ghc", tmp_path / "liquid", Source(repository), pin)
    assert install("ghc", tmp_path / "liquid", Source(repository), pin._replace(newer=("seqplay-tiny:bytestring",)))


@needs_cabal
def test_an_index_without_the_pinned_version_changes_nothing(repository, tmp_path):
    folder = tmp_path / "liquid"
    with pytest.raises(ToolError, match=r"has no seqplay-tiny-9\.9, and nothing was changed"):
        install("ghc", folder, Source(repository), Pin({"seqplay-tiny": "9.9"}, TINY.index_state))
    assert not folder.exists()


@needs_cabal
def test_an_index_out_of_reach_is_told_in_one_line_and_changes_nothing(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(installing, "PINS", dict.fromkeys(_versions(), TINY))
    folder = tmp_path / "liquid"
    code = main(["--repository", str(tmp_path / "nowhere"), "--into", str(folder)])
    told = capsys.readouterr().err
    assert code == 3
    assert told.count("\n") == 1
    assert "nothing was changed" in told
    assert not folder.exists()


@pytest.fixture
def pretended(tmp_path, monkeypatch):
    """A cabal, a GHC and a z3 that are scripts: cabal builds two packages, or what the file `fails` makes it do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    scripts = {
        "ghc": "echo 9.6.6",
        "z3": "",
        "cabal": f"""
case "$*" in
  *user-config*) echo made > "${{1#--config-file=}}" ;;
  *update*) ;;
  *list*) echo "seqplay-tiny 0.1.2" ;;
  *v2-install*)
    printf '%s\\n' "$@" > {tmp_path}/asked
    cat "${{1#--config-file=}}" > {tmp_path}/config; echo "$TMPDIR" > {tmp_path}/tmp
    store=$(printf '%s\\n' "$@" | sed -n 's/^--store-dir=//p')
    mkdir -p "$store/ghc-9.6.6-abcd/package.db" "$store/ghc-9.6.6-abcd/finished"
    echo "In order, the following will be built:"; echo " - one-1 (lib)"; echo " - seqplay-tiny-0.1.2 (lib)"
    echo "Completed    one-1 (lib)"
    if [ -e {tmp_path}/fails ]; then echo "a long tale"; echo "the cause stands last"; exit 1; fi
    echo "Completed    seqplay-tiny-0.1.2 (lib)"
    touch "$store/ghc-9.6.6-abcd/package.db/liquidhaskell-0.9.6.3.1-x.conf"
    touch "$store/ghc-9.6.6-abcd/package.db/liquidhaskell-boot-0.9.6.3-x.conf" ;;
esac""",
    }
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("CABAL_DIR", "CABAL_CONFIG", "XDG_CONFIG_HOME", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_build_tells_how_far_it_is_and_is_found_afterwards(pretended, capsys):
    """Nobody has to export a variable; a store whose name has cabal's hash is found too."""
    database = install("ghc", FOLDER, Source(None), TINY)
    told = capsys.readouterr().err
    assert "minutes here; the log is" in told
    assert "  1 of 2 packages" in told
    assert "  2 of 2 packages" in told
    assert database == (FOLDER / "store/ghc-9.6.6-abcd/package.db").resolve()
    compiler = Compiler("ghc", "9.6.6", pretended, pretended, "ghc-pkg")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("seqplay.proof.liquid.locate.find_compiler", lambda ghc: compiler)
        assert find_liquid(HaskellConfig()) == database
        patched.setenv(VARIABLE, "")
        assert find_liquid(HaskellConfig()) is None
        patched.delenv(VARIABLE)
        (FOLDER / STAMP).unlink()
        assert find_liquid(HaskellConfig()) is None, "a build that is not finished is none"


def test_a_build_that_fails_keeps_what_is_finished_and_tells_the_cause(pretended):
    (pretended / "fails").touch()
    with pytest.raises(ToolError, match=r"\(the cause stands last\); what it said is in .*liquid\.log; a second call"):
        install("ghc", FOLDER, Source(None), TINY)
    assert (FOLDER / "store/ghc-9.6.6-abcd/finished").is_dir()
    (pretended / "fails").unlink()
    assert install("ghc", FOLDER, Source(None), TINY).is_dir()


def test_the_users_own_mirror_is_used_and_nothing_is_built_below_tmp(pretended):
    config = pretended / "home/.cabal/config"
    config.parent.mkdir(parents=True)
    config.write_text("repository mirror\n  url: http://mirror/\n")
    install("ghc", FOLDER, Source(None), TINY)
    assert (pretended / "config").read_text() == config.read_text()
    assert Path((pretended / "tmp").read_text().strip()) == (FOLDER / "build").resolve()


def test_without_the_solver_nothing_is_begun(pretended, monkeypatch):
    (pretended / "bin/z3").unlink()
    monkeypatch.setenv("PATH", str(pretended / "bin"))
    with pytest.raises(ToolError, match="z3 not found"):
        install("ghc", FOLDER, Source(None), TINY)
    assert not FOLDER.exists()


def test_a_build_that_is_interrupted_ends_in_one_line(pretended, monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(installing, "install", interrupted)
    assert main([]) == 130
    assert capsys.readouterr().err.count("\n") == 1


@needs_cabal
@pytest.mark.slow
def test_a_build_that_fails_leaves_its_log(repository, tmp_path):
    broken = tmp_path / "seqplay-tiny-0.3"
    shutil.copytree(tmp_path / "seqplay-tiny-0.2", broken)
    (broken / "Tiny.hs").write_text("module Tiny where\ntiny :: Int\ntiny = 'x'\n")
    cabal = broken / "seqplay-tiny.cabal"
    cabal.write_text(cabal.read_text().replace("version: 0.2", "version: 0.3"))
    with tarfile.open(repository / "seqplay-tiny-0.3.tar.gz", "w:gz") as archive:
        archive.add(broken, arcname=broken.name)
    folder = tmp_path / "liquid"
    with pytest.raises(ToolError, match=r"what it said is in .*liquid\.log"):
        install("ghc", folder, Source(repository), Pin({"seqplay-tiny": "0.3"}, TINY.index_state))
    assert "Tiny" in folder.with_name("liquid.log").read_text()


@needs_cabal
def test_a_compiler_that_is_not_covered_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(installing, "PINS", {"1.2.3": TINY})
    with pytest.raises(ToolError, match=r"is not covered; .* GHC 1\.2\.3"):
        install("ghc", tmp_path / "liquid", Source(None))


def test_each_pin_matches_its_compilers_series():
    assert set(PINS) == {"9.0", "9.4", "9.6", "9.8", "9.10"}
    for series, pin in PINS.items():
        assert pin.packages["liquidhaskell"].startswith(f"0.{series}.")
        assert pin.index_state.endswith("Z")


def _versions():
    version = subprocess.run(["ghc", "--numeric-version"], capture_output=True, text=True).stdout.strip()
    return [".".join(version.split(".")[:2])]
