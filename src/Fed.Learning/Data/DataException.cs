namespace Fed.Learning.Data;

/// <summary>A data file or its declared schema is wrong. The message is for the user: what, where (file, row, column), and what to do. Never shows a cell of a valid record.</summary>
public sealed class DataException(string message, Exception? inner = null) : Exception(message, inner);
