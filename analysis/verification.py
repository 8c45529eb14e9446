"""How much was checked, in one chart: executions, mutants, kills, stress and fuzzing, as the stages of a validation run counted them."""

import style

NOT_COUNTS = ("seed", "seconds")


def escaped(score):
    """Weakened orders that neither a model noticed nor the list of redundant ones names."""
    return score["mutants"] - score["killed"] - score.get("listed", 0)


def counts(results=None, models=None, mutants=None, crash=None, dynamic=None, plain=None):
    """[(what, count, went wrong or None), ...] from the summaries of the page; what did not run is left out."""
    told = []
    if results:
        told.append(("checks of all stages", results["totals"]["passed"] + results["totals"]["failed"], results["totals"]["failed"]))
    if models:
        told.append(("model scenarios", models["scenarios"], models["failed"]))
        told.append(("model executions", models["executions"], None))
    if mutants:
        told.append(("mutants (weaker orders)", mutants["score"]["mutants"], escaped(mutants["score"])))
        told.append(("planted faults in the core", len(mutants["faults"]), sum(not row["killed_by"] for row in mutants["faults"])))
    if plain:
        told.append(("mutants (plain code)", plain["score"]["mutants"], plain["score"]["survived"]))
    if crash:
        told += crash_counts(crash)
    if dynamic:
        told += dynamic_counts(dynamic)
    return [line for line in told if line[1]]


def crash_counts(crash):
    return [
        ("states swept, one victim", sum(line["states"] for line in crash["operations"]), None),
        ("kills and stops", crash["kills"] + crash["stops"], sum(line["failed"] for line in crash["operations"])),
        ("pairs of states, killed", crash["pair_rounds"], sum(line["failed"] for line in crash["pairs"])),
    ]


def dynamic_counts(dynamic):
    told = []
    for line in (dynamic["stress"] or {"lines": []})["lines"]:
        largest = max((count for what, count in line["facts"] if what not in NOT_COUNTS), default=0)
        what = next((what for what, count in line["facts"] if count == largest and what not in NOT_COUNTS), "")
        told.append((f"stress {line['test']}: {what}", largest, None))
    if dynamic["fuzz"]:
        told.append(("fuzz executions", sum(row["executions"] for row in dynamic["fuzz"]["targets"]), None))
    if dynamic["planted"]:
        told.append(("faults planted for fuzzing", len(dynamic["planted"]), sum(not row["found"] for row in dynamic["planted"])))
    if dynamic["sanitizers"]:
        told.append(("tests under sanitizers", sum(row["tests"] for row in dynamic["sanitizers"]), None))
        told.append(("programs under sanitizers", len(dynamic["sanitizers"]), sum(not row["clean"] for row in dynamic["sanitizers"])))
    if dynamic["coverage"]:
        told.append(("lines of the library run", dynamic["coverage"]["covered"], None))
    return told


def words(count, wrong):
    """'12,345' or '12, 1 wrong'."""
    return f"{count:,}" if wrong is None else f"{count:,}, {wrong:,} wrong" if wrong else f"{count:,}, none wrong"


def draw(told, note):
    """Returns: the figure, or None when no stage counted anything."""
    if not told:
        return None
    fig, axes = style.blank("What was checked", note, (5.6, 1.5 + 0.27 * len(told)))
    for at, (_, count, wrong) in enumerate(told):
        axes.barh(
            at,
            count,
            left=0.5,
            color="#D55E00" if wrong else "#0072B2",
            hatch="xxx" if wrong else "",
            edgecolor="white",
            linewidth=0,
            height=0.7,
        )
        axes.annotate(words(count, wrong), (count + 0.5, at), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(told)), [what for what, *_ in told], fontsize=8)
    axes.set_ylim(len(told) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.set_xscale("log")
    axes.set_xlim(0.5, max(count for _, count, _ in told) * 200)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.tick_params(axis="x", rotation=30, labelsize=8)
    axes.set_xlabel("how many\n(hatched: something wrong)", fontsize=9)
    return style.finish(fig)
