-- The tables of the record store with their columns.
select table_name as name, list(column_name order by column_index) as columns
from duckdb_columns() where database_name = current_database() and schema_name = 'main' and not internal
    and table_name in (select table_name from duckdb_tables() where not temporary
        and database_name = current_database())
group by table_name order by table_name
