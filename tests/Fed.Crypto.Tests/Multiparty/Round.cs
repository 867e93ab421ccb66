using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Packing;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>One sum over some holders' vectors, from the commitments to the stated sum; each step can be made anew with something else in it.</summary>
internal sealed class Round
{
    /// <summary>A sum of vectors that are drawn and encrypted here.</summary>
    /// <param name="holders">Who holds the key.</param>
    /// <param name="contributors">Whose vectors are summed.</param>
    /// <param name="id">The sum and attempt.</param>
    /// <param name="length">Of a vector.</param>
    /// <param name="seed">Of the vectors.</param>
    /// <param name="layout">Of all vectors.</param>
    /// <param name="chosen">What some contributors send in in the place of their own.</param>
    /// <param name="earlier">An attempt whose uploads count again for some contributors.</param>
    /// <param name="again">Those contributors.</param>
    public Round(
        Holders holders, int[] contributors, SumRound? id = null, int length = 300, int seed = 1, PackingLayout? layout = null,
        ImmutableDictionary<string, ImmutableArray<byte[]>>? chosen = null, Round? earlier = null, params int[] again)
    {
        (Holders, Id) = (holders, id ?? new SumRound("job", 1, "training", 0));
        Layout = layout ?? LayoutOf(holders, length);
        Vectors = contributors.ToImmutableDictionary(holders.NameOf, i => PackedSum.Vector(Layout.Schema, (seed * 100) + i + 1));
        string[] old = [.. again.Select(holders.NameOf)];
        Ciphertexts = Vectors.ToImmutableDictionary(static v => v.Key, v =>
            old.Contains(v.Key) ? earlier!.Ciphertexts[v.Key] : chosen?.GetValueOrDefault(v.Key) is { IsDefault: false } other ? other : Encrypt(holders, Id, Layout, v.Key, v.Value));
        Contributions = [.. Vectors.Keys.Select(name => Contribution.Of(old.Contains(name) ? earlier!.Id : Id, holders.Key, Layout, name, Memory(Ciphertexts[name])))];
        List = new CommitmentList(Id, Contributions.Select(c => c.Commit(SignerOf(c.Party))));
        Sums = PackedSum.Add(Layout, holders.Key.Key.Id.AsSpan(), [.. Contributions.Select(c => Ciphertexts[c.Party])]);
        Statement = new SumStatement(Id, Layout, Contributions, Sums.Select(static s => Hash256.Of(s)));
    }

    public Holders Holders { get; }

    public SumRound Id { get; }

    public PackingLayout Layout { get; }

    public ImmutableDictionary<string, long[]> Vectors { get; }

    public ImmutableDictionary<string, ImmutableArray<byte[]>> Ciphertexts { get; }

    public ImmutableArray<Contribution> Contributions { get; }

    public CommitmentList List { get; }

    public ImmutableArray<byte[]> Sums { get; }

    public SumStatement Statement { get; }

    public long[] Expected => PackedSum.Plain(Vectors.Values);

    public static PackingLayout LayoutOf(Holders holders, int length, int bits = 12, PackingJob? job = null) => PackingLayout.Create(
        holders.Ceremony.Profile, PackedSum.Schema((length, bits)), job ?? new PackingJob(holders.Ceremony.Roster.Count, holders.Ceremony.Roster.Count) { OpeningsPerKey = holders.Ceremony.OpeningsInAll });

    public TestSigner SignerOf(string name) => Holders.Signers[Holders.Ceremony.Roster.IndexOf(name)];

    public Contribution Of(int holder) => Contributions.Single(c => c.Party == Holders.NameOf(holder));

    public ContributionTicket Ticket(int holder) => ContributionTicket.Approve(Of(holder), List, 2, Holders.SigningKeys, SignerOf(Holders.NameOf(holder)));

    public SumCheck Begin(int holder, ActiveSet active, SumStatement? statement = null) =>
        SumCheck.Begin(Ticket(holder), Holders.Key, statement ?? Statement, active, Holders.SigningKeys, SignerOf(Holders.NameOf(holder)), SystemEntropy.Instance);

    /// <summary>Every opener adds everything up itself.</summary>
    public VerifiedSum Full(int holder, ActiveSet active) => Begin(holder, active).ByRecomputation((party, index) => Ciphertexts[party][index]);

    public OpeningShare Share(int holder, ActiveSet active, int index = 0) => Holders.All[holder].Share(Full(holder, active), index);

    public CollectiveOpening Opening(ActiveSet active) => new(Holders.Key, Statement, active, Holders.Signers[0]);

    /// <summary>Opens the whole sum with an active set; shares travel as bytes.</summary>
    public long[] Open(ActiveSet active)
    {
        CollectiveOpening opening = Opening(active);
        VerifiedSum[] verified = [.. active.Members.Select(m => Full(m, active))];
        long[] values = new long[Layout.Schema.Length];
        for (int index = 0; index < Sums.Length; index++)
        {
            OpeningShare[] shares = [.. verified.Select(v => opening.Read(Holders.All[Holders.Ceremony.Roster.IndexOf(v.Opener)].Share(v, index).Bytes))];
            (int first, int count) = Layout.ValuesOf(index);
            opening.Open(index, Sums[index], shares, values.AsSpan(first, count));
        }
        return values;
    }

    /// <summary>What lies beside a contributor's ciphertexts.</summary>
    public ImmutableArray<Hash256> HashesOf(string party) => Hashes(Ciphertexts[party]);

    public static ImmutableArray<Hash256> Hashes(IEnumerable<byte[]> ciphertexts) => [.. ciphertexts.Select(static c => Hash256.Of(c))];

    /// <summary>A holder's ciphertexts of its vector.</summary>
    public static ImmutableArray<byte[]> Encrypt(Holders holders, SumRound id, PackingLayout layout, string name, long[] vector)
    {
        List<byte[]> ciphertexts = [];
        byte[] words = PackedSum.Words(vector, RingWidth.Ring64);
        using SumEncryptor encryptor = holders.All[holders.Ceremony.Roster.IndexOf(name)].Encrypt(id, layout, Hash256.Of(words), RingWidth.Ring64, (_, bytes) => ciphertexts.Add(bytes.ToArray()));
        encryptor.Write(words);
        encryptor.Complete();
        return [.. ciphertexts];
    }

    public static IEnumerable<ReadOnlyMemory<byte>> Memory(IEnumerable<byte[]> arrays) => arrays.Select(static a => (ReadOnlyMemory<byte>)a);
}
