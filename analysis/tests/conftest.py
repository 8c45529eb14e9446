"""What the tests share: the recordings of real runs."""

import pathlib

import pytest

import figures
import loader

DATA = pathlib.Path(__file__).parent / "testdata"


def legend(fig):
    return [text.get_text() for text in fig.axes[0].get_legend().get_texts()]


def texts(fig):
    return [text.get_text() for text in fig.axes[0].texts]


def nothing_cut(fig):
    """What lies partly outside the figure, or an empty string."""
    fig.canvas.draw()
    axes = fig.axes[0]
    low, high = sorted(axes.get_ylim())
    ticks = [label for at, label in zip(axes.get_yticks(), axes.get_yticklabels()) if low <= at <= high]
    parts = [axes.xaxis.label, axes.yaxis.label, *axes.texts, *fig.texts, *ticks] + ([axes.get_legend()] if axes.get_legend() else [])
    for part in parts:
        box = part.get_window_extent()
        if box.width > 1 and (box.x0 < -2 or box.y0 < -2 or box.x1 > fig.bbox.x1 + 2 or box.y1 > fig.bbox.y1 + 2):
            return f"{part} is cut"
    # A title on the left is no public attribute: its width is that of the same text elsewhere.
    title = fig.text(0, 0, axes.get_title(loc="left"), fontsize=11)
    width = title.get_window_extent().width
    title.remove()
    return "" if axes.bbox.x0 + width <= fig.bbox.x1 + 2 else "the title is cut"


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
