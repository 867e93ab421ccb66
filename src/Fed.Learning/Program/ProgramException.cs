namespace Fed.Learning.Program;

/// <summary>
/// The program cannot go on: a site cannot contribute (no rows, a non-finite value), or an opened sum cannot be used (one class in the whole federation, a constant column).
/// The message is a sentence for the user; a site's message stays at the site.
/// </summary>
public sealed class ProgramException(string message, Exception? inner = null) : Exception(message, inner);
