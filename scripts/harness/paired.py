"""The paired test of two builds: ratios of runs that stood next to each other, the sign-test interval of their median, and what is
noise on this machine."""

import math
from dataclasses import dataclass

import numpy
from scipy import stats

CONFIDENCE = 0.95
LEAST_SLOWDOWN = 0.05
AA_QUANTILE = 0.99


def order(pair):
    """A B B A A B B A ...: a drift of the machine falls on both sides alike."""
    return "AB" if pair % 2 == 0 else "BA"


def sign_interval(values, confidence=CONFIDENCE):
    """The interval of the median that holds whatever the distribution: order statistics by the binomial of the sign test.
    Errors: ValueError when there are too few values for that confidence."""
    ordered = sorted(values)
    below = int(stats.binom.ppf((1 - confidence) / 2, len(ordered), 0.5))
    while below > 0 and stats.binom.cdf(below - 1, len(ordered), 0.5) > (1 - confidence) / 2:
        below -= 1
    if below == 0:
        raise ValueError(f"{len(ordered)} values are too few for an interval of the median at {confidence:.0%}")
    return ordered[below - 1], ordered[len(ordered) - below]


@dataclass
class Comparison:
    """One row: the natural logarithms of B over A, a value for each pair. Slowdowns are fractions, 0.05 is 5 %."""

    name: str
    gated: bool
    logs: list
    threshold: float
    null_logs: list  # of the same build, within this run: A's second run of a block over its first, and B's

    @property
    def median(self):
        return math.expm1(float(numpy.median(self.logs)))

    @property
    def interval(self):
        low, high = sign_interval(self.logs)
        return math.expm1(low), math.expm1(high)

    @property
    def certain_difference(self):
        """By how much the two differ for certain, whichever is slower; not above 0 when it is not known which. Of equal builds:
        what the lower end of the slowdown comes to by noise alone."""
        low, high = self.interval
        return max(low, math.expm1(-math.log1p(high)))

    @property
    def verdict(self):
        """slower: by more than the threshold for certain; faster: likewise; else same."""
        low, high = self.interval
        if low > self.threshold:
            return "slower"
        return "faster" if high < math.expm1(-math.log1p(self.threshold)) else "same"

    @property
    def fails(self):
        return self.gated and self.verdict == "slower"

    def as_json(self):
        low, high = self.interval
        null = [float(value) for value in self.null_logs]
        row = {
            "name": self.name,
            "gated": self.gated,
            "pairs": len(self.logs),
            "slowdown": self.median,
            "low": low,
            "high": high,
            "threshold": self.threshold,
            "verdict": self.verdict,
            "log_ratios": self.logs,
        }
        if null:
            null_low, null_high = sign_interval(null)
            row["aa"] = {
                "pairs": len(null),
                "slowdown": math.expm1(float(numpy.median(null))),
                "low": math.expm1(null_low),
                "high": math.expm1(null_high),
                "log_ratios": null,
            }
        return row


def log_ratios(runs):
    """`runs`: (side, value) in the order in which they were measured, a pair after the other. Returns: the logarithms of B over A by
    pair, and those of two runs of one side in the same block of four."""
    pairs = [dict(runs[i : i + 2]) for i in range(0, len(runs) - 1, 2)]
    logs = [math.log(pair["B"] / pair["A"]) for pair in pairs]
    nulls = [math.log(second[side] / first[side]) for first, second in zip(pairs[::2], pairs[1::2]) for side in "AB"]
    return logs, nulls


def noise(differences):
    """The 99th percentile of the certain differences of equal builds; of fewer than a hundred runs their largest. 0 of none."""
    return float(numpy.quantile(differences, AA_QUANTILE, method="higher")) if differences else 0.0


def threshold(differences):
    return max(LEAST_SLOWDOWN, noise(differences))
