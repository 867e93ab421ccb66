namespace Fed.Crypto.Ckks;

/// <summary>Operands that do not belong together: another level or context, another scale, a spent modulus chain.</summary>
/// <param name="message">What was seen and what was needed.</param>
public sealed class CkksMismatchException(string message) : CryptoException(message);
