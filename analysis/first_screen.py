"""The three questions that the page answers before anything else: is it safe, is it fast, what was missed."""

import headline
import row_words
import verification

GOOD, MIXED, BAD, OPEN = "good", "mixed", "bad", "open"


def plural(count, what, more=None):
    return f"{count:,} {what if count == 1 else more or what + 's'}"


def wrong_of(results, models, mutants, crash, dynamic, plain=None):
    """[what went wrong, ...] in words; empty where nothing did."""
    told = []
    if results and results["totals"]["failed"]:
        told.append(plural(results["totals"]["failed"], "failed check"))
    if models and models["failed"]:
        told.append(plural(models["failed"], "failed model scenario"))
    if crash and crash["failed"]:
        told.append(f"{plural(crash['failed'], 'finding')} of the kill sweep")
    if dynamic and any(not row["clean"] for row in dynamic["sanitizers"]):
        told.append("reports of sanitizers")
    if mutants:
        escaped = verification.escaped(mutants["score"]) + sum(not row["killed_by"] for row in mutants["faults"])
        if escaped:
            told.append(f"{plural(escaped, 'planted fault')} that the models did not notice")
    if plain and plain["score"]["survived"]:
        told.append(f"{plural(plain['score']['survived'], 'fault')} of plain code that no test noticed")
    return told


def facts_of(results, models, mutants, crash, dynamic, plain=None):
    """[how much was looked at, ...] in words."""
    told = []
    if models:
        told.append(f"{models['executions']:,} executions of the shipped core in {plural(models['scenarios'], 'model scenario')}")
    if mutants:
        score = mutants["score"]
        redundant = f" ({score['listed']:,} of the others listed as redundant)" if score.get("listed") else ""
        told.append(f"{score['killed']:,} of {score['mutants']:,} weakened orders noticed{redundant}")
    if plain:
        told.append(f"{plain['score']['killed']:,} of {plain['score']['mutants']:,} faults of plain code noticed")
    if crash:
        told.append(f"{crash['kills']:,} kills and {crash['stops']:,} stops, one at each change of shared memory")
    if dynamic and dynamic["fuzz"]:
        told.append(f"{sum(row['executions'] for row in dynamic['fuzz']['targets']):,} fuzz executions")
    if results:
        told.append(f"{plural(results['totals']['passed'], 'check')} of {plural(len(results['stages']), 'stage')} passed")
    return told


def joined(parts):
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]


def safe(**stages):
    """The first answer, of what the stages of a validation run found."""
    facts, wrong = facts_of(**stages), wrong_of(**stages)
    if not facts:
        return {
            "question": "Is it safe?",
            "kind": OPEN,
            "verdict": "not part of this run",
            "text": "No stage that checks ran with these measurements.",
        }
    count = (stages["results"] or {"totals": {"failed": len(wrong)}})["totals"]["failed"] or len(wrong)
    verdict = f"no: {plural(count, 'thing')} went wrong" if wrong else "nothing found"
    text = f"{joined(wrong).capitalize()}; looked at were {joined(facts)}." if wrong else f"Nothing went wrong in {joined(facts)}."
    return {"question": "Is it safe?", "kind": BAD if wrong else GOOD, "verdict": verdict, "text": text}


def against_peers(bench):
    """[target, ...]: our rows against the fastest peer of class and size."""
    return [target for target in bench.context.get("targets", []) if "met" in target and headline.AGAINST in target["what"]]


def own_targets(bench):
    return [target for target in bench.context.get("targets", []) if "met" in target and headline.AGAINST not in target["what"]]


def standing(targets):
    """(faster, level, slower), as the README counts them."""
    faster = sum(target["value"] <= 1 / headline.LEVEL for target in targets)
    slower = sum(target["value"] > headline.LEVEL for target in targets)
    return faster, len(targets) - faster - slower, slower


def fast(bench, verdict):
    """The second answer. `verdict`: report.verdict(), the headline in a sentence."""
    if not verdict:
        return {
            "question": "Is it fast?",
            "kind": OPEN,
            "verdict": "not measured here",
            "text": "The headline rows are not part of this run.",
        }
    targets = against_peers(bench)
    if not targets:
        return {"question": "Is it fast?", "kind": MIXED, "verdict": "no peer beside it", "text": verdict}
    faster, level, slower = standing(targets)
    rows = f"faster in {faster} of {len(targets)} rows, level in {level}, slower in {slower}"
    text = f"{verdict} Against the fastest peer of the same class and size it is {rows}."
    kind = GOOD if not slower else MIXED if faster >= slower else BAD
    return {"question": "Is it fast?", "kind": kind, "verdict": f"ahead {faster}, level {level}, behind {slower}", "text": text}


def target_words(target, labels):
    """A target's row in words: 'kickmsg, round trip, ...', and the peer that it is against."""
    fastest = headline.AGAINST in target["what"]
    name, _, peer = target["what"].partition(headline.AGAINST if fastest else " against ")
    told = row_words.words(name, labels)
    return f"{told}, against {labels.get(peer, peer)}" if peer else told


def missed(bench, results, labels):
    """The third answer: targets that are not met, peers that are ahead, rows and stages that did not run."""
    own = own_targets(bench)
    unmet = sorted((target for target in own if not target["met"]), key=lambda target: -target.get("excess", 0))
    behind = sorted((target for target in against_peers(bench) if target["value"] > headline.LEVEL), key=lambda target: -target["value"])
    parts = []
    if unmet:
        worst = f"{target_words(unmet[0], labels)}, by {100 * unmet[0].get('excess', 0):.0f} %"
        parts.append(f"{len(unmet)} of {plural(len(own), 'target')} of its own (worst: {worst})")
    if behind:
        parts.append(f"{plural(len(behind), 'row')} behind a peer (worst: {target_words(behind[0], labels)}, {behind[0]['value']:.2f}×)")
    failed = sum(bool(row.failed) for row in bench.rows)
    skipped = sum(bool(row.skipped) for row in bench.rows)
    absent = [peer["name"] for peer in bench.peers() if peer["state"] != "measured"]
    if failed:
        parts.append(f"{plural(failed, 'row')} failed")
    if absent:
        parts.append(f"not here: {', '.join(absent)}")
    if skipped:
        parts.append(f"{plural(skipped, 'row')} that a peer cannot carry")
    if results and results["totals"]["skipped"]:
        parts.append(plural(results["totals"]["skipped"], "skipped check"))
    count = len(unmet) + len(behind) + failed
    if not parts:
        nothing = "Every target is met." if own else "No target was set for this run."
        return {
            "question": "What was missed?",
            "kind": GOOD if own else OPEN,
            "verdict": "nothing" if own else "no targets",
            "text": nothing,
        }
    return {
        "question": "What was missed?",
        "kind": BAD if failed else MIXED if count else GOOD,
        "verdict": plural(count, "row") if count else "no row",
        "text": "Missed: " + "; ".join(parts) + ".",
    }


def answers(bench, verdict, stages):
    """[{'question', 'kind', 'verdict', 'text'}, ...]: the three, in this order."""
    return [safe(**stages), fast(bench, verdict), missed(bench, stages["results"], bench.labels())]


def shown_figure(drawn):
    """The headline figure of those that were drawn, or None; it then stands on the first screen alone."""
    return next((figure for figure in drawn.get("peers", []) if figure["name"] == "peer_ratios"), None)
