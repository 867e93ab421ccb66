using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>
/// A collective key as it is built, with numbers of 61 bits in place of rings: each site has a summand s of the secret, dealt t of n; ciphertext m - a s with an a that follows from the attempt, shares
/// a lambda x, every refusal where production has one. Fast, and readable for checks; of no use against anybody: there is no error, and so no secrecy. What sites sign with their keys in production is sealed here with a number that only the toy knows: whoever does
/// not act for a site through this object cannot say anything in its name.
/// </summary>
/// <param name="seed">What is random follows from it, in the order in which it is drawn.</param>
public sealed partial class ToyCollectiveEncryption(ulong seed) : ICollectiveEncryption
{
    private const int Values = 4;   // of a ciphertext

    /// <summary>Bytes of a ciphertext.</summary>
    internal const int CiphertextBytes = Values * sizeof(ulong);

    private readonly SplitMix64 _random = new(seed);
    private readonly ulong _sealing = new SplitMix64(seed ^ 0x5EA1_5EA1_5EA1_5EA1).Next();
    private readonly HashSet<ulong> _secrets = [];

    /// <summary>Every secret that was ever made: none of them may be found in a message, a journal, or a server's disk.</summary>
    public IReadOnlySet<ulong> Canaries => _secrets;

    /// <summary>Rules that are left out on purpose, to see that the checks find it.</summary>
    internal ToyBugs Bugs { get; init; }

    /// <summary>True where a site spoils what it says now: its deal, or its share.</summary>
    internal Func<SiloId, FaultKind, bool> Spoils { get; set; } = static (_, _) => false;

    /// <summary>Ciphertexts of a sum.</summary>
    public static int CiphertextsOf(SumPlan sum) => CiphertextsOf(sum.ToSchema());

    /// <summary>Why an opener finds a sum wrong that is right; null where it does not.</summary>
    public Func<EncryptionContext, SiloId, string?>? Refutes { get; set; }

    /// <inheritdoc/>
    public int CiphertextsOf(EncryptionTerms terms) => CiphertextsOf(terms.Schema);

    private static int CiphertextsOf(VectorSchema schema) => (schema.Length + Values - 1) / Values;

    /// <inheritdoc/>
    public long UploadBytes(EncryptionContext context) => (long)CiphertextsOf(context.Terms) * CiphertextBytes;

    /// <inheritdoc/>
    public byte[] Protect(EncryptionContext context, SiloId self, ReadOnlyMemory<byte> secrets, Stream vector, IBlobWriter output)
    {
        RequireKey(context);
        ulong secret = ToyKeySecrets.Read(secrets).Secret;
        int width = (int)context.Ring / 8;
        byte[] word = new byte[width];
        List<byte[]> hashes = [];
        for (int piece = 0; piece < CiphertextsOf(context.Terms); piece++)
        {
            ulong[] words = new ulong[Values];
            for (int i = 0; i < Values; i++)
            {
                long value = (piece * Values) + i < context.Terms.Schema.Length ? Next(vector, word) : 0;
                ulong mask = ToyField.Multiply(Mask(context, Bugs.HasFlag(ToyBugs.Labels) ? 0 : context.Collection.Attempt, (piece * Values) + i), secret);
                words[i] = ToyField.Add(ToyField.FromSigned(value), ToyField.Negate(mask));
            }

            byte[] ciphertext = Words(words);
            output.Write(ciphertext);
            hashes.Add(HashesOf(ciphertext));
        }

        if (vector.ReadByte() >= 0) throw new CeremonyException("more words than the schema has");
        return Commit(context, self, hashes);
    }

    /// <summary>What a site in league with the servers commits to, whatever it is.</summary>
    internal byte[] CommitAs(EncryptionContext context, SiloId ally, byte[] ciphertexts) => Commit(context, ally, [.. ciphertexts.Chunk(CiphertextBytes).Select(HashesOf)]);

    private byte[] Commit(EncryptionContext context, SiloId self, List<byte[]> hashes) =>
        [.. Words(Named(context, self, context.Collection.Attempt, hashes), (ulong)context.Collection.Attempt), .. hashes.SelectMany(static hash => hash)];

    /// <summary>By what a site's summand is multiplied under a value of an attempt at a sum: it follows from public names, and nobody chooses it.</summary>
    internal static ulong Mask(EncryptionContext context, int attempt, int index) => ToyField.Element(Hash($"mask\n{SumOf(context)}\n{context.Key.Id}\n{attempt}\n{index}"));

    /// <inheritdoc/>
    public int? CommittedIn(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment)
    {
        if (commitment.Length != (2 + CiphertextsOf(context.Terms)) * sizeof(ulong)) return null;
        ulong attempt = Word(commitment[sizeof(ulong)..]);
        bool isIts = attempt >= 1 && attempt <= (ulong)context.Collection.Attempt && (Bugs.HasFlag(ToyBugs.Signatures) || Word(commitment) == Named(context, silo, (int)attempt, [.. Pieces(commitment)]));
        return isIts ? (int)attempt : null;
    }

    /// <inheritdoc/>
    public void Approve(EncryptionContext context, SiloId self, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list)
    {
        if (!list.ContainsKey(self)) throw new CeremonyException($"the list of commitments for {context.Collection} lacks that of '{self}'");
        if (list.Count < context.Terms.Parameters.MinimumContributors && !Bugs.HasFlag(ToyBugs.Minimum)) throw new CeremonyException($"{list.Count} commitments for {context.Collection}: the plan asks for at least {context.Terms.Parameters.MinimumContributors}");
        foreach ((SiloId silo, ReadOnlyMemory<byte> commitment) in list)
            if (CommittedIn(context, silo, commitment) is null) throw new CeremonyException($"the commitment of '{silo}' for {context.Collection} is not its own") { Site = silo };
    }

    /// <inheritdoc/>
    public bool IsCommitted(EncryptionContext context, SiloId silo, ReadOnlyMemory<byte> commitment, Stream upload)
    {
        byte[] bytes = ReadAll(upload);
        return CommittedIn(context, silo, commitment) is not null && bytes.Length == UploadBytes(context)
            && Pieces(commitment).SequenceEqual(bytes.Chunk(CiphertextBytes).Select(HashesOf), Same.Bytes);
    }

    /// <summary>A public key for what others seal, of a secret of somebody's own.</summary>
    internal static byte[] Advert(ulong secret) => Words(ToyField.Public(secret));

    /// <summary>What a site in league with the servers says of a sum that it has not looked at: that it adds up.</summary>
    internal byte[] Vouch(EncryptionContext context, SiloId self, StatedSum sum, ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> nonces) =>
        context.Terms.Parameters.Verification == SumCheckLevel.Assigned ? Words(Sealed(self, AddsUp(Challenge(context, sum, nonces)))) : [];

    /// <inheritdoc/>
    public ISumAccumulator CreateAccumulator(EncryptionContext context) => new ToyAccumulator(UploadBytes(context));

    /// <inheritdoc/>
    public byte[] State(EncryptionContext context, Stream sum) => [.. ReadAll(sum).Chunk(CiphertextBytes).SelectMany(HashesOf)];

    private static void RequireKey(EncryptionContext context)
    {
        if (Digest.Of(context.PublicKey.Span) != context.Key.PublicKey) throw new CeremonyException($"the public key of epoch {context.Key.Epoch} is not the one that was agreed on");
    }

    private ulong Secret()
    {
        ulong secret = ToyField.Element(_random.Next());
        _secrets.Add(secret);
        return secret;
    }

    private ulong Named(EncryptionContext context, SiloId silo, int attempt, List<byte[]> hashes) =>
        Sealed(silo, $"{SumOf(context)}\n{attempt}\n{context.Key.Id}\n{string.Join('\n', hashes.Select(Convert.ToHexStringLower))}");

    /// <summary>What stands for a site's signature.</summary>
    private ulong Sealed(SiloId silo, string content) => Hash($"{_sealing}\n{silo}\n{content}");

    private bool IsSealed(SiloId silo, string content, ReadOnlyMemory<byte> seal) => Bugs.HasFlag(ToyBugs.Signatures) || (seal.Length == sizeof(ulong) && Word(seal) == Sealed(silo, content));

    private static string SumOf(EncryptionContext context) => $"{context.Job}\n{context.Plan}\n{context.Collection.Round}\n{context.Collection.Sum}\n{context.Base}";

    private static IEnumerable<byte[]> Pieces(ReadOnlyMemory<byte> commitment) => commitment[(2 * sizeof(ulong))..].ToArray().Chunk(sizeof(ulong));

    private static long Next(Stream vector, byte[] word)
    {
        if (vector.ReadAtLeast(word, word.Length, throwOnEndOfStream: false) != word.Length) throw new CeremonyException("fewer words than the schema has");
        return word.Length == sizeof(long) ? BinaryPrimitives.ReadInt64LittleEndian(word) : BinaryPrimitives.ReadInt32LittleEndian(word);
    }

    private static byte[] ReadAll(Stream stream)
    {
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static int Place(ImmutableSortedSet<SiloId> holders, SiloId silo) => holders.IndexOf(silo) + 1;

    private static ulong Share(ulong c1, ulong held, ImmutableSortedSet<SiloId> holders, ImmutableSortedSet<SiloId> openers, SiloId self) =>
        ToyField.Multiply(c1, ToyField.Multiply(held, ToyField.Lagrange([.. openers.Select(silo => Place(holders, silo))], Place(holders, self))));

    private static byte[] Words(params ReadOnlySpan<ulong> words)
    {
        byte[] bytes = new byte[words.Length * sizeof(ulong)];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), words[i]);
        return bytes;
    }

    private static ulong Word(ReadOnlyMemory<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span);

    private static byte[] HashesOf(byte[] ciphertext) => Words(HashOf(ciphertext));

    private static ulong Hash(string text) => HashOf(Encoding.UTF8.GetBytes(text));

    private static ulong HashOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(bytes));

    /// <summary>Adds words modulo the prime.</summary>
    private sealed class ToyAccumulator(long bytes) : ISumAccumulator
    {
        private readonly ulong[] _sums = new ulong[bytes / sizeof(ulong)];

        public void Add(Stream contribution)
        {
            byte[] words = ReadAll(contribution);
            if (words.Length != bytes) throw new InvalidDataException($"a contribution of {words.Length} bytes, not {bytes}");
            for (int i = 0; i < _sums.Length; i++) _sums[i] = ToyField.Add(_sums[i], Word(words.AsMemory(i * sizeof(ulong))));
        }

        public void WriteTo(IBlobWriter output) => output.Write(Words(_sums));
    }

    /// <summary>Byte strings by content.</summary>
    private sealed class Same : IEqualityComparer<byte[]>
    {
        public static Same Bytes { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj.Length;
    }
}

/// <summary>Rules of a common key that a toy can leave out.</summary>
[Flags]
internal enum ToyBugs
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Who says something is not looked at.</summary>
    Signatures = 1,

    /// <summary>Any sum is taken for the sum of what was contributed.</summary>
    Verification = 2,

    /// <summary>What was opened before is not remembered.</summary>
    Ledger = 4,

    /// <summary>Any number of contributors is enough.</summary>
    Minimum = 8,

    /// <summary>Deals are not compared with what they should be, and trial openings not with what was tried.</summary>
    Trials = 16,

    /// <summary>What contributors sent is multiplied with the key.</summary>
    ChosenMasks = 32,

    /// <summary>Masks are the same in all attempts at a sum.</summary>
    Labels = 64,
}
