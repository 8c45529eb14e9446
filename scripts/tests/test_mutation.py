"""The tables of mutants and faults check themselves: each planted disagreement must be reported."""

import json

import pytest

from mutants import edge_column, killers, orders, outcomes, searches, tables

HEADER = """\
template <class P>
class Stack {
public:
    uint32_t pop(Claims& claims) noexcept
    {
        // edge FREE (acquire) <- push: the link
        uint64_t head = layout_.head().load(std::memory_order_acquire);
        while (true) {
            // edge FREE (acquire) <- push: the link
            // edge POP (release) -> walk: the claim. Failure acquire: read again
            if (layout_.head().compare_exchange_strong(head, next(head), std::memory_order_acq_rel,
                                                       std::memory_order_acquire)) {
                return head;
            }
        }
    }

private:
    template <class Env>
    void push(uint32_t slot,
              Env&     env) noexcept
    {
        // relaxed: a hint
        uint64_t head = layout_.head().load(std::memory_order_relaxed);
        // edge FREE (release) -> pop: the link. Failure relaxed: compared again
        layout_.head().compare_exchange_strong(head, slot, std::memory_order_release, std::memory_order_relaxed);
        // edge WAIT (seq_cst): the other sees this
        waiting.store(1, std::memory_order_seq_cst);
    }
};
"""
PAGE = """\
before
<!-- edges:begin -->
| edge | release end | acquire end | publishes | model that dies |
|---|---|---|---|---|
| `FREE` | push | pop | the link | ? |
| `POP` | pop | walk | the claim | ? |
| `WAIT` | push | push | nothing | ? |
<!-- edges:end -->
after
"""
POP = "Stack.h pop compare_exchange"


@pytest.fixture(name="sites")
def sites_of_the_header():
    return orders.find_sites({"Stack.h": HEADER})


def named(sites, name):
    return next(mutant for mutant in orders.all_mutants(sites) if mutant.name == name)


def row(scenario="stack", failed=True, strategy="random", executions=7):
    return {
        "scenario": scenario,
        "strategy": strategy,
        "seed": 3,
        "preemptions": 1,
        "stale": 0,
        "executions": executions,
        "failed": failed,
        "complete": False,
        "verdict": "lost" if failed else "",
    }


def kills(**changes):
    return {
        "orders": {
            POP: {change: killers.kill_of(row(scenario, executions=executions)) for change, (scenario, executions) in changes.items()}
        },
        "faults": {},
    }


def test_sites_are_found_with_their_functions(sites):
    assert [site.key for site in sites] == [
        "Stack.h pop load",
        POP,
        "Stack.h push load",
        "Stack.h push compare_exchange",
        "Stack.h push store",
    ]
    assert sites[1].orders == ("acq_rel", "acquire") and sites[1].place == "Stack.h:11"


def test_a_second_operation_of_a_kind_has_an_ordinal():
    twice = HEADER.replace("// relaxed: a hint\n", "// relaxed: a hint\n        x.load(std::memory_order_relaxed);\n")
    assert "Stack.h push load #2" in [site.key for site in orders.find_sites({"Stack.h": twice})]


def test_every_weaker_order_is_a_mutant(sites):
    assert [mutant.name for mutant in orders.all_mutants(sites)] == [
        "Stack.h pop load: relaxed",
        f"{POP}: acquire",
        f"{POP}: release",
        f"{POP}: relaxed",
        f"{POP}: failure relaxed",
        "Stack.h push compare_exchange: relaxed",
        "Stack.h push store: release",
        "Stack.h push store: relaxed",
    ]
    assert named(sites, f"{POP}: failure relaxed").weaken == "Stack.h:11:failure=relaxed"
    assert named(sites, f"{POP}: release").weaken == "Stack.h:11=release"


def test_the_quick_run_takes_each_site_once_by_its_weakest_order_that_is_not_listed(sites):
    mutants = orders.all_mutants(sites)
    assert [mutant.name for mutant in orders.one_each(mutants, {})] == [
        "Stack.h pop load: relaxed",
        f"{POP}: relaxed",
        "Stack.h push compare_exchange: relaxed",
        "Stack.h push store: relaxed",
    ]
    chosen = orders.one_each(mutants, {f"{POP}: relaxed", "Stack.h pop load: relaxed"})
    assert [mutant.name for mutant in chosen][:2] == ["Stack.h pop load: relaxed", f"{POP}: release"]


def met(**changes):
    return {
        "file": "Stack.h",
        "line": 11,
        "function": "pop",
        "operation": "compare_exchange",
        "order": "acq_rel",
        "failure": "acquire",
        **changes,
    }


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"function": "push"}, "the headers say function pop, the run says push"),
        ({"operation": "exchange"}, "the headers say operation"),
        ({"order": "seq_cst"}, "the headers say orders"),
        ({"line": 12}, "was run, but not found in the headers"),
    ],
)
def test_a_disagreement_of_scan_and_run_is_reported(sites, changes, expected):
    touched = {site.place: ["stack"] for site in sites}
    assert not list(orders.site_faults(sites, [met()], touched))
    assert any(expected in fault for fault in orders.site_faults(sites, [met(**changes)], touched))


def test_a_site_that_no_scenario_touches_is_reported_by_name(sites):
    touched = {site.place: ["stack"] for site in sites[1:]}
    assert list(orders.site_faults(sites, [], touched)) == ["Stack.h pop load (Stack.h:7): touched by no scenario"]
    assert not list(orders.site_faults(sites, [], touched, ["Stack.h pop load"]))


def test_an_excuse_that_is_stale_is_reported(sites):
    touched = {site.place: ["stack"] for site in sites}
    assert "but stack does" in next(iter(orders.site_faults(sites, [], touched, [POP])))
    assert "no such site" in next(iter(orders.site_faults(sites, [], touched, ["Gone.h f load"])))


def test_the_recorded_killer_comes_first_then_what_killed_before(sites):
    known, touched = kills(relaxed=("second", 500)), {"Stack.h:11": ["first", "second"]}
    batch = searches.plan(named(sites, f"{POP}: relaxed"), known, sites, touched, searches.Limits((1.0,), 9.0))
    assert batch["searches"][0] == {"scenario": "second", "strategy": "random", "seed": 3, "executions": 3000, "seconds": 60}
    assert [search["scenario"] for search in batch["searches"][1:]] == ["second", "second", "first", "first"]
    assert batch["seconds"] == 9.0 + searches.KILLER_SECONDS
    gone = searches.plan(named(sites, f"{POP}: relaxed"), known, sites, {"Stack.h:11": ["first"]}, searches.Limits((1.0,)))
    assert all(search["scenario"] == "first" for search in gone["searches"])


def test_a_scenario_with_the_other_end_of_the_edge_is_more_promising(sites):
    touched = {"Stack.h:11": ["alone", "pair"], "Stack.h:7": ["pair"], "Stack.h:27": ["pair"]}
    assert searches.promising(touched, sites[1], sites, {}) == ["pair", "alone"]


def test_a_bounded_killer_is_replayed_by_its_bounds():
    search = searches.killer_search(killers.kill_of(row(strategy="bounded")))
    assert (search["preemptions"], search["stale"]) == (1, 0) and "seed" not in search


@pytest.mark.parametrize(
    "listed, rows, expected",
    [
        (False, [row()], None),
        (True, [row(failed=False)], None),
        (False, [row(failed=False)], "does not list it"),
        (True, [row()], "lists it, but stack kills it"),
    ],
)
def test_a_survivor_must_be_listed_and_a_listed_one_survive(sites, listed, rows, expected):
    fault = outcomes.Verdict(named(sites, f"{POP}: release"), listed, rows).fault()
    assert (expected is None and fault is None) or expected in fault


def test_listed_survivors_count_as_unkilled(sites):
    verdicts = [
        outcomes.Verdict(mutant, mutant.order == "release", [row(failed=mutant.order != "release")]) for mutant in orders.all_mutants(sites)
    ]
    assert outcomes.score(verdicts) == {"killed": 6, "mutants": 8, "percent": 75.0, "listed": 2}


def test_the_artefacts_tell_killers_and_survivors(sites):
    verdicts = [
        outcomes.Verdict(named(sites, f"{POP}: relaxed"), False, [row()]),
        outcomes.Verdict(named(sites, f"{POP}: release"), True, [row(failed=False)]),
    ]
    document = {
        "score": outcomes.score(verdicts),
        "mutants": [verdict.as_json() for verdict in verdicts],
        "faults": [{"name": "no-tag", "what": "ABA", "killed_by": None, "executions": 9}],
        "redundant": [],
    }
    text = outcomes.as_markdown(json.loads(json.dumps(document)))
    assert f"| {POP} | Stack.h:11 | FREE POP | acq_rel | relaxed | stack | 7 | random, seed 3 |" in text
    assert "**listed**" in text and "**nobody**" in text and "1 of 2 killed" in text


LIST = f"""\
# Redundant
### {POP}: release
The acquire half is given by the load of the head that every caller makes before it, edge FREE.
### Stack.h pop load: failure relaxed
short
## Sites that no scenario can touch
### Stack.h push load: not touched
The model ends before it.
"""


def test_the_list_of_redundant_orders_is_read(sites):
    listed = tables.redundant_names(LIST)
    assert list(listed) == [f"{POP}: release", "Stack.h pop load: failure relaxed"]
    assert tables.excused_sites(LIST) == ["Stack.h push load"]
    faults = list(tables.list_faults(listed, orders.all_mutants(sites)))
    assert faults == ["Stack.h pop load: failure relaxed: there is no such mutant"]
    assert "a proof in words is missing" in next(iter(tables.list_faults({f"{POP}: release": "it is"}, orders.all_mutants(sites))))


FAULTS = """\
| fault | owner | reported by | what |
|---|---|---|---|
| `no-tag` | M | `stack` | ABA |
| `fork` | K | planned: a kill sweep | a lock is inherited |
"""
PLANTED = [{"name": "no-tag", "scenario": "stack", "what": "ABA"}]


@pytest.mark.parametrize(
    "table, planted, expected",
    [
        (FAULTS, PLANTED, None),
        (FAULTS.replace("no-tag", "a-tag"), PLANTED, "no-tag: not in the table"),
        (FAULTS.replace("| K |", "| M |"), PLANTED, "fork: the table says M"),
        (FAULTS.replace("`stack`", "`ring`"), PLANTED, "the table says ring"),
        (FAULTS, [*PLANTED, {"name": "fork", "scenario": "stack"}], "fork: not in the table, or not as M"),
        (FAULTS, [{**PLANTED[0], "scenario": "gone"}], "there is no scenario gone"),
        (FAULTS + "| `fork` | S | somewhere | again |\n", PLANTED, "fork: listed twice"),
        (FAULTS.replace("planned: a kill sweep", ""), PLANTED, "fork: says not where"),
    ],
)
def test_table_and_program_must_name_the_same_faults(table, planted, expected):
    found = list(tables.fault_table_faults(tables.fault_table(table), planted, ["stack"]))
    assert (expected is None and not found) or any(expected in fault for fault in found)


def column(page):
    return [line.split("|")[5].strip() for line in page.splitlines() if line.startswith("| `")]


def test_the_last_column_is_the_killer_that_takes_least_else_away(sites):
    mutants = orders.all_mutants(sites)
    known = kills(relaxed=("both", 1), acquire=("claims", 900), release=("links", 800))
    listed = {"Stack.h push store: release", "Stack.h push store: relaxed"}
    filled = edge_column.fill_edges(PAGE, mutants, known, listed)
    assert column(filled) == ["`links`", "`claims`", edge_column.IN_THE_LIST]
    assert filled.startswith("before\n") and filled.endswith("after\n")
    assert edge_column.fill_edges(filled, mutants, known, listed) == filled
    assert column(edge_column.fill_edges(PAGE, mutants, kills(), {})) == [edge_column.UNKNOWN] * 3


def test_the_last_column_names_the_driver_of_the_second_opinion_beside_the_killer(sites):
    mutants = orders.all_mutants(sites)
    second = {POP: {"relaxed": {"driver": "churn"}, "release": {"driver": "stack"}}}
    filled = edge_column.fill_edges(PAGE, mutants, kills(relaxed=("both", 1)), {}, second)
    assert column(filled) == ["`both`; GenMC: `stack`", "`both`", edge_column.UNKNOWN], "one that takes both away says of none"


def test_a_failure_order_weakens_only_the_acquire_end(sites):
    mutant = named(sites, f"{POP}: failure relaxed")
    assert edge_column.weakens_edge(mutant, "FREE") and not edge_column.weakens_edge(mutant, "POP")


def test_kills_are_kept_in_order_a_line_each(tmp_path):
    path = tmp_path / "kills.json"
    known = kills(relaxed=("both", 1), acquire=("claims", 900))
    killers.save_kills(known, path)
    assert killers.load_kills(path) == known
    assert '   "acquire": {"scenario": "claims", "strategy": "random", "seed": 3, "executions": 900},\n' in path.read_text(encoding="utf-8")


def test_kills_of_mutants_that_are_gone_are_forgotten(sites):
    known = kills(relaxed=("both", 1), seq_cst=("gone", 2))
    assert list(killers.forget_stale(known, orders.all_mutants(sites))["orders"][POP]) == ["relaxed"]


def test_every_edge_of_the_shipped_headers_has_a_mutant():
    sites = orders.find_sites(orders.core_sources())
    mutants = orders.all_mutants(sites)
    edges = {name for site in sites for name, _ in site.edges}
    assert edges and all(any(edge_column.weakens_edge(mutant, edge) for mutant in mutants) for edge in edges)
    assert all(site.function for site in sites) and len({site.key for site in sites}) == len(sites)
