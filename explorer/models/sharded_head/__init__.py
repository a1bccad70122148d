"""The softmax head of features in shards: standardisation, λ and the fit as sums over shards, which an engine computes."""

from explorer.models.sharded_head.choice import choose_l2_over_shards
from explorer.models.sharded_head.fit import fit_over_shards, objective_of
from explorer.models.sharded_head.objective import ShardedObjective
from explorer.models.sharded_head.scaling import standardised_table

__all__ = ["ShardedObjective", "choose_l2_over_shards", "fit_over_shards", "objective_of", "standardised_table"]
