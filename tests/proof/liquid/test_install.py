"""``make liquid`` builds what is pinned into the project's folder, or says in one line why not and changes nothing."""

from __future__ import annotations

import shutil
import subprocess
import tarfile

import pytest

from seqplay.errors import ToolError
from seqplay.proof.liquid import install as installing
from seqplay.proof.liquid.install import PINS, Pin, Source, install, main

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


@needs_cabal
@pytest.mark.slow
def test_a_build_that_fails_leaves_its_log_and_nothing_else(repository, tmp_path):
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
    assert not folder.exists()
    assert "Tiny" in folder.with_name("liquid.log").read_text()


@needs_cabal
def test_a_compiler_that_is_not_covered_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(installing, "PINS", {"1.2.3": TINY})
    with pytest.raises(ToolError, match=r"is not covered; .* GHC 1\.2\.3"):
        install("ghc", tmp_path / "liquid", Source(None))


def test_each_pin_matches_its_compiler_exactly():
    assert set(PINS) == {"9.0.2", "9.4.7"}
    for version, pin in PINS.items():
        assert pin.packages["liquidhaskell"].startswith(f"0.{version}.")
        assert pin.index_state.endswith("Z")


def _versions():
    return [subprocess.run(["ghc", "--numeric-version"], capture_output=True, text=True).stdout.strip()]
