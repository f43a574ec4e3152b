{{limit_rows}}
