-- Salvage lists (certsvc.core.salvage), and reissues: certificates of one key signed anew from stored evidence.
SELECT 1;
