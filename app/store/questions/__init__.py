"""What pages and the API ask of the record store. Each question has a name and a shape; nothing here writes."""
