"""What pytest gets from this package: budgets for calls, a report of them, verified files."""
