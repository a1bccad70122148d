"""From a request to a run: plan, cost, preflight, build."""
