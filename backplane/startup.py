"""What the backplane itself runs at times."""

from backplane import schedules, upkeep

schedules.declare("Sweep versions", upkeep.sweep_versions, "*/10 * * * *")
schedules.declare("Forget finished tasks", upkeep.forget_finished_tasks, "20 3 * * *")
schedules.declare("Sweep the cache", upkeep.sweep_cache, "25 * * * *")
