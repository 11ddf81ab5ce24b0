"""Many photos and clips into one folder of results, by one process, many, or a Ray cluster.

inputs.py    files and folders → the files to analyse
work.py      one file → its record and its annotated copy
local.py     worker processes, watched; ray_engine.py: a cluster instead
rows.py      records on disk as they come, so that a run can go on where it ended
tables.py    records → Parquet, CSV and the report of labelled files
run.py       all of it together
"""
