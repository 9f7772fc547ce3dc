-- duckdb.sql - DuckDB reads the parts of a run, or one file of JSON lines:  duckdb < duckdb.sql  in the folder that has parts/
CREATE VIEW scores AS
SELECT path, score::FLOAT AS score, error.message AS error, filename AS part
FROM read_json('parts/part-*.jsonl', format = 'newline_delimited', filename = true,
               columns = {path: 'VARCHAR', score: 'DOUBLE', error: 'STRUCT(code VARCHAR, message VARCHAR)'});

-- As Parquet, for everything that reads that.
COPY (SELECT path, score, error FROM scores ORDER BY path) TO 'scores.parquet' (FORMAT parquet, COMPRESSION zstd);

-- The folders with the most anomalous images first.
SELECT regexp_replace(path, '/[^/]*$', '') AS folder, count(score) AS images, count(error) AS failed, round(max(score), 4) AS highest
FROM scores GROUP BY folder ORDER BY highest DESC LIMIT 10;
