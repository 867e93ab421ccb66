using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Packing;

/// <summary>What a packed header says beyond the hashes that it must carry.</summary>
/// <param name="Form">What follows it.</param>
/// <param name="Index">Which ciphertext of the vector, from 0.</param>
/// <param name="Summands">How many vectors are added up in it, at least 1.</param>
public readonly record struct PackedHeader(PackedForm Form, int Index, int Summands);

/// <summary>The bytes of ciphertexts and shares of one layout under one key: a header of 120 bytes, then residues at exactly the bits of their primes.</summary>
/// <remarks>
/// All numbers little-endian. 0: magic "FDPK"; 4: version 1; 5: form; 6: two zero bytes; 8: hash of the profile (32); 40: hash of the layout (32); 72: id of the key (32); 104: index; 108: number of
/// ciphertexts; 112: summands; 116: payload bytes. A reader accepts exactly what a writer of the same layout and key makes: a wrong length, hash, index or number is refused before anything is
/// allocated, and a residue that is not below its prime by whoever unpacks it. Immutable, safe for all threads.
/// </remarks>
public sealed class PackedFormat
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 120;

    /// <summary>The version that is written, and the only one that is read.</summary>
    public const byte Version = 1;

    private const int HashBytes = 32;
    private const int ProfileAt = 8, LayoutAt = 40, KeyAt = 72, IndexAt = 104, CountAt = 108, SummandsAt = 112, PayloadAt = 116;

    private readonly PackingLayout _layout;
    private readonly ImmutableArray<byte> _keyId;

    /// <summary>Binds the format to a layout and a key.</summary>
    /// <param name="layout">The layout of both sides.</param>
    /// <param name="keyId">32 bytes.</param>
    /// <exception cref="ArgumentException">The id has another length.</exception>
    public PackedFormat(PackingLayout layout, ReadOnlySpan<byte> keyId)
    {
        if (keyId.Length != HashBytes) throw new ArgumentException($"the id of a key has {HashBytes} bytes, not {keyId.Length}", nameof(keyId));
        _layout = layout;
        _keyId = [.. keyId];
        PolynomialBytes = ResiduePacking.PackedBytes(layout.Profile.Ring);
    }

    /// <summary>The layout of both sides.</summary>
    public PackingLayout Layout => _layout;

    /// <summary>Bytes of one packed polynomial.</summary>
    public int PolynomialBytes { get; }

    /// <summary>Bytes of an object, header included.</summary>
    public int Bytes(PackedForm form) => HeaderBytes + form switch
    {
        PackedForm.Ciphertext => 2 * PolynomialBytes,
        PackedForm.SeededCiphertext => PolynomialBytes + AesCtrStream.SeedBytes,
        PackedForm.Share or PackedForm.Masked => PolynomialBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(form), form, "no form of a packed object"),
    };

    /// <summary>Writes a header.</summary>
    /// <param name="header">What it says.</param>
    /// <param name="bytes">Receives it at its beginning; as long as the whole object.</param>
    public void Write(PackedHeader header, Span<byte> bytes)
    {
        if (bytes.Length != Bytes(header.Form)) throw new ArgumentException($"a {header.Form} has {Bytes(header.Form)} bytes, not {bytes.Length}", nameof(bytes));
        Magic.CopyTo(bytes);
        bytes[4] = Version;
        bytes[5] = (byte)header.Form;
        bytes[6..8].Clear();
        _layout.Profile.Hash.CopyTo(bytes[ProfileAt..]);
        _layout.Hash.CopyTo(bytes[LayoutAt..]);
        _keyId.CopyTo(bytes[KeyAt..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[IndexAt..], header.Index);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[CountAt..], _layout.Ciphertexts);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[SummandsAt..], header.Summands);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[PayloadAt..], bytes.Length - HeaderBytes);
    }

    /// <summary>Reads and checks a header.</summary>
    /// <param name="bytes">The whole object, nothing before or behind it.</param>
    /// <exception cref="SealFormatException">Anything is not exactly as a writer of this layout and key makes it.</exception>
    public PackedHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderBytes) throw new SealFormatException($"{bytes.Length} bytes are no packed object: its header alone has {HeaderBytes}");
        if (!bytes[..4].SequenceEqual(Magic)) throw new SealFormatException($"a packed object begins with {Convert.ToHexStringLower(Magic)}, not {Convert.ToHexStringLower(bytes[..4])}");
        if (bytes[4] != Version) throw new SealFormatException($"a packed object of version {bytes[4]}: version {Version} is read here");
        if ((bytes[6] | bytes[7]) != 0) throw new SealFormatException("reserved bytes of a packed object are not zero");
        if (!Enum.IsDefined((PackedForm)bytes[5])) throw new SealFormatException($"form {bytes[5]} is no form of a packed object");
        PackedForm form = (PackedForm)bytes[5];
        if (bytes.Length != Bytes(form)) throw new SealFormatException($"a {form} of this layout has {Bytes(form)} bytes, not {bytes.Length}");
        RequireHash(bytes[ProfileAt..], _layout.Profile.Hash.AsSpan(), "profile");
        RequireHash(bytes[LayoutAt..], _layout.Hash.AsSpan(), "layout");
        RequireHash(bytes[KeyAt..], _keyId.AsSpan(), "key");
        RequireNumber(bytes[PayloadAt..], bytes.Length - HeaderBytes, bytes.Length - HeaderBytes, "payload bytes");
        RequireNumber(bytes[CountAt..], _layout.Ciphertexts, _layout.Ciphertexts, "ciphertexts");
        int index = RequireNumber(bytes[IndexAt..], 0, _layout.Ciphertexts - 1, "index");
        int summands = RequireNumber(bytes[SummandsAt..], 1, _layout.Proof.Job.Summands, "summands");
        return new PackedHeader(form, index, summands);
    }

    /// <summary>The packed polynomial at a place of an object.</summary>
    /// <param name="bytes">The whole object.</param>
    /// <param name="poly">0, or 1 for the second one.</param>
    public ReadOnlySpan<byte> Polynomial(ReadOnlySpan<byte> bytes, int poly) => bytes.Slice(HeaderBytes + (poly * PolynomialBytes), PolynomialBytes);

    /// <inheritdoc cref="Polynomial(ReadOnlySpan{byte}, int)"/>
    public Span<byte> Polynomial(Span<byte> bytes, int poly) => bytes.Slice(HeaderBytes + (poly * PolynomialBytes), PolynomialBytes);

    /// <summary>Unpacks the polynomial at a place of an object.</summary>
    /// <param name="bytes">The whole object, its header already read.</param>
    /// <param name="poly">0, or 1 for the second one; that of a seeded ciphertext is expanded.</param>
    /// <param name="residues">Receives it, in NTT form.</param>
    /// <exception cref="SealFormatException">A residue is not below its prime.</exception>
    public void Unpack(ReadOnlySpan<byte> bytes, int poly, Span<ulong> residues)
    {
        RnsRing ring = _layout.Profile.Ring;
        if (poly == 1 && bytes[5] == (byte)PackedForm.SeededCiphertext) Expansion.Uniform(bytes[(HeaderBytes + PolynomialBytes)..], Rlwe.SecretKeyEncryption.Label, ring, residues);
        else if (!ResiduePacking.Unpack(ring, Polynomial(bytes, poly), residues)) throw new SealFormatException("a packed polynomial has a residue that is not below its prime");
    }

    /// <summary>Refuses a ciphertext whose index, which its bytes chose, does not carry as many values as the caller asks for.</summary>
    internal void RequireValues(int index, int values)
    {
        int carried = _layout.ValuesOf(index).Count;
        if (carried != values) throw new SealFormatException($"a ciphertext of index {index}: it carries {carried} values, and {values} are asked for");
    }

    private static ReadOnlySpan<byte> Magic => "FDPK"u8;

    private static void RequireHash(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> expected, string what)
    {
        if (!bytes[..HashBytes].SequenceEqual(expected))
            throw new SealFormatException($"a packed object of {what} {Convert.ToHexStringLower(bytes[..8])}...: {Convert.ToHexStringLower(expected[..8])}... is expected here");
    }

    private static int RequireNumber(ReadOnlySpan<byte> bytes, int least, int most, string what)
    {
        int number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (number < least || number > most) throw new SealFormatException($"a packed object with {what} {number}: {least} to {most} are possible");
        return number;
    }
}
