namespace Fed.Crypto.Packing;

/// <summary>The part of a run that lies in one ciphertext, or what lies behind the last run.</summary>
/// <param name="Run">The run, null behind the last one.</param>
/// <param name="Start">First coefficient within the ciphertext.</param>
/// <param name="Count">Coefficients.</param>
/// <param name="FirstValue">Position of the first value in the vector.</param>
/// <param name="Values">Values in the piece; in its last coefficient fields may be unused.</param>
internal readonly record struct PackingPiece(PackingRun? Run, int Start, int Count, int FirstValue, int Values);
