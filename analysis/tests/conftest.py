"""What the tests share: the recordings of real runs."""

import pathlib

import pytest

import figures
import loader

DATA = pathlib.Path(__file__).parent / "testdata"


@pytest.fixture(name="bench", scope="session")
def peers_of_a_real_run():
    """Floor, operations and every peer's closed loop."""
    return loader.load_bench(DATA / "bench.json")


@pytest.fixture(name="families", scope="session")
def families_of_a_real_run():
    """Every family, ours alone."""
    return loader.load_bench(DATA / "families.json")


@pytest.fixture(name="other", scope="session")
def another_machine():
    """Floor and our closed loop on another machine, from before the peers; without histograms."""
    return loader.load_bench(DATA / "other_machine.json")


@pytest.fixture(name="undrawn")
def page_without_figures(monkeypatch):
    """Tests of tables need no figures: these take the most of a report's time."""

    def none(_benches, _documents, _checked, folder):
        folder.mkdir(parents=True, exist_ok=True)
        return {}

    monkeypatch.setattr(figures, "draw_all", none)
