using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SecAgg.Wire;

/// <summary>Reads what <see cref="SecAggWriter"/> wrote and refuses everything else. It allocates what a field's checked length says and no more.</summary>
internal ref struct SecAggReader
{
    private readonly SecAggKind _kind;
    private ReadOnlySpan<byte> _rest;

    public SecAggReader(SecAggKind kind, ReadOnlySpan<byte> bytes)
    {
        _kind = kind;
        _rest = bytes;
        if (!Next(SecAggWriter.Magic.Length).SequenceEqual(SecAggWriter.Magic)) throw Refuse("the first bytes are not 'FSA'");
        byte version = Next(1)[0], found = Next(1)[0];
        if (version != SecAggWriter.Version) throw Refuse($"version {version}; this library reads version {SecAggWriter.Version}");
        if (found != (byte)kind) throw Refuse($"the bytes are of kind {found}");
    }

    /// <summary>Requires that the next field names the attempt.</summary>
    public void RequireAttempt(SecAggAttempt attempt)
    {
        if (Hash() != attempt.Id) throw Refuse($"it belongs to another attempt than {attempt}, or to other terms, plan, model or roster");
    }

    public byte Byte() => Next(1)[0];

    /// <summary>A site's place.</summary>
    public int Site(int sites) => Count(sites - 1);

    /// <summary>A count of at most so many.</summary>
    public int Count(int most)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(Next(sizeof(ushort)));
        return count <= most ? count : throw Refuse($"a number of {count} where at most {most} is possible");
    }

    public Hash256 Hash() => new(Next(Hash256.Bytes));

    public ImmutableArray<byte> Array(int length) => [.. Next(length)];

    public ImmutableArray<byte> Signature() => Array(Count(SecAggWriter.SignatureBytesMax));

    /// <summary>A set of the roster's sites.</summary>
    public SiteSet Set(int sites)
    {
        int count = Count(SecAggRoster.SitesMax);
        if (count != sites) throw Refuse($"a set of {count} sites; the roster has {sites}");
        return SiteSet.TryRead(sites, Next(SiteSet.BytesOf(sites))) ?? throw Refuse("a set has sites beyond the roster");
    }

    /// <summary>The next bytes, not copied.</summary>
    public ReadOnlySpan<byte> Next(int count)
    {
        if (_rest.Length < count) throw Refuse($"it ends {count - _rest.Length} bytes early");
        ReadOnlySpan<byte> next = _rest[..count];
        _rest = _rest[count..];
        return next;
    }

    /// <summary>Requires that nothing is left.</summary>
    public readonly void End()
    {
        if (!_rest.IsEmpty) throw Refuse($"{_rest.Length} bytes follow its end");
    }

    public readonly SecAggFormatException Refuse(string why) => new($"no valid {_kind}: {why}");
}
