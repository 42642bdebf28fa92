"""Studies beside the pipeline: what a leak costs, what each part gives, and the released models."""
