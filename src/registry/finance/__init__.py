"""Money 财务分析: from the financial inputs of a project to its statements. Pure: numbers in, numbers out.

How it hangs together:
- `projects.financials.FinancialCase` is the input; `findings` says whether it can be calculated.
- `declarations` declares every statement row once, as an expression tree (`expressions`) in a `book`.
- `numpy_reader` evaluates a book for a batch of projects; `engine` groups cases by `structure` and runs them.
- `irr`, `discounting` and `sculpting` answer what a row formula cannot.
- `outcome` names the results, `statements` arranges them in the standard `tables`, `conventions` states the method.
- `shocks` makes further rows of changed inputs: `sensitivity`, `scenarios`, `simulation`, `monte_carlo` build on it.
- `cases` reads whole case documents (`registry finance evaluate`); `bundles` adds components up.
"""
