"""The KPIs and cohort tables that Regulars ships, by family."""
