-- What publishers agree on: who publishes now, and what was published last.
SELECT 1;
