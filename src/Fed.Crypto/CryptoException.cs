namespace Fed.Crypto;

/// <summary>Something this library refuses: parameters, bytes, sums or requests. The message names the value and the bound it broke, never a secret.</summary>
public abstract class CryptoException : Exception
{
    private protected CryptoException(string message) : base(message) { }

    private protected CryptoException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>Parameters that cannot work or are not secure: a modulus without an NTT, a ring degree that is no power of two, a chain above its security bound.</summary>
/// <param name="message">The value and its bound.</param>
public sealed class InvalidParametersException(string message) : CryptoException(message);

/// <summary>More summands, wider values or more noise than the parameters can hold.</summary>
/// <param name="message">The value and its bound.</param>
public sealed class CapacityExceededException(string message) : CryptoException(message);

/// <summary>Bytes that are no valid object of SEAL's wire format or of ours. Nothing half-read is handed out.</summary>
public sealed class SealFormatException : CryptoException
{
    /// <summary>Names what was read and what was expected.</summary>
    public SealFormatException(string message) : base(message) { }

    /// <summary>The same, with the reader's own complaint (a broken compressed stream).</summary>
    public SealFormatException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>An opened sum whose residues cannot come from honest shares and honest summands.</summary>
/// <param name="message">What was found and its bound.</param>
public sealed class OpeningInconsistentException(string message) : CryptoException(message);

/// <summary>A request that a party must refuse to stay safe: a second share for a ciphertext, a key nobody signed, a spent budget.</summary>
/// <param name="message">What was asked and why it is refused.</param>
public sealed class RefusedException(string message) : CryptoException(message)
{
    /// <summary>The party whose doing it is, where a message or deal of one party does not fit; else null.</summary>
    public string? Party { get; init; }
}

/// <summary>Bytes that are no valid message of secure aggregation, or one of another attempt. Nothing half-read is handed out.</summary>
/// <param name="message">What was read and what was expected.</param>
public sealed class SecAggFormatException(string message) : CryptoException(message);
