"""The jobs of `nnlite bench` as a test each, which fails where a goal is missed.

Not collected by default, because it takes minutes and depends on the machine:

    python -m pytest -s tests/benchmarks/bench_jobs.py -k fashion
"""

import pytest

from nnlite.bench import JOBS, jobs, peak, report

pytestmark = pytest.mark.one_table


@pytest.fixture(scope="module")
def ceiling() -> peak.Peak | None:
    return peak.measure()


@pytest.mark.parametrize("job", JOBS)
def test_the_goals_of(job: str, ceiling: peak.Peak | None) -> None:
    missed = []
    for section in jobs.MEASURING[job](jobs.FULL, ceiling):
        print("\n" + report.table(section, ceiling))
        missed += [report.goal_text(goal) for goal in section.goals if goal.met is False]
    assert not missed
