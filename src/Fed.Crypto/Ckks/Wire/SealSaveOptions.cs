namespace Fed.Crypto.Ckks.Wire;

/// <summary>How an object is written.</summary>
public sealed record SealSaveOptions
{
    /// <summary>The minor version of SEAL 4.4, whose reader takes every 4.m up to its own.</summary>
    public const byte VersionMinorMax = SealHeader.VersionMinorMax;

    /// <summary>Uncompressed, version 4.4.</summary>
    public static SealSaveOptions Default { get; } = new();

    /// <summary>Compression of the body; <see cref="SealCompression.Zstd"/> cannot be written.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Neither none nor zlib.</exception>
    public SealCompression Compression
    {
        get;
        init => field = value is SealCompression.None or SealCompression.Zlib
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "objects are written uncompressed or with zlib; zstd is not available in .NET");
    }

    /// <summary>Minor version in the header, 0..4. SEAL 4.0 to 4.3 read only their own, so name the reader's (TenSEAL bundles an older 4.x).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Above 4.</exception>
    public byte VersionMinor
    {
        get;
        init => field = value <= VersionMinorMax
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"minor versions 0 to {VersionMinorMax} of SEAL 4 have this format");
    } = VersionMinorMax;
}
