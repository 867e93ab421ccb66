using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Crypto;
using Fed.Crypto.Multiparty;

namespace Fed.Host.Protection;

/// <summary>
/// A site's durable memory of the shares that it made, in its secret store: for each attempt at a sum one entry that says of what shares were made, for ever, and one with their bytes, until the round is
/// settled. Shares are made in memory and become durable together, before the first of them leaves (<see cref="Commit"/>); a crash before that leaves nothing that anybody has seen. All entries of a job are under one seal (<see cref="LedgerSeal"/>):
/// a ledger that was edited, cut, or partly restored makes no share.
/// </summary>
/// <remarks>Made anew for each opening; one at a time for a store. What was made of a factor whose bytes are gone is refused, never made again.</remarks>
internal sealed class CkksShareLedger : IShareLedger
{
    private const string Entries = "opened", Bytes = "shares";
    private const string Broken = "the ledger of shares in this site's secret store is not as it was left: without it nobody can tell which shares were made, and none is made; restore the secret store as it was, or have the key made anew";

    private readonly ISecretStore _store;
    private readonly string _entries, _bytes;
    private readonly Dictionary<(Hash256 Key, Hash256 Factor), Entry> _made = [];
    private readonly Dictionary<Hash256, Hash256> _contributors = [], _places = [];
    private readonly Dictionary<Hash256, long> _openings = [];
    private readonly List<ShareRecord> _new = [];
    private readonly LedgerSeal _seal;
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);   // hashes of all files of entries, by their names
    private ImmutableArray<byte[]> _known = [];

    /// <summary>Reads what the store knows of a job.</summary>
    /// <param name="store">The site's secret store.</param>
    /// <param name="job">The job.</param>
    /// <param name="epoch">Of the key.</param>
    /// <param name="collection">The attempt that is opened.</param>
    /// <param name="onRecord">Under how many attempts the site's journal says that shares of this key were made.</param>
    /// <exception cref="RefusedException">Something was changed or taken out since the ledger wrote last, or it lacks what the journal has.</exception>
    public CkksShareLedger(ISecretStore store, JobId job, int epoch, CollectionId collection, int onRecord)
    {
        _store = store;
        (_entries, _bytes) = (NameOf(job, Entries, epoch, collection), NameOf(job, Bytes, epoch, collection));
        Dictionary<string, byte[]> files = store.Names.Where(name => name.StartsWith($"{job}~{Entries}~", StringComparison.Ordinal)).ToDictionary(static name => name, name => store.Read(name)!);
        foreach ((string name, byte[] file) in files) _files[name] = SHA256.HashData(file);
        _seal = LedgerSeal.Open(store, job);
        if (!_seal.Fits(_files) || files.Keys.Count(name => name.StartsWith($"{job}~{Entries}~{epoch}.", StringComparison.Ordinal)) < onRecord) throw new RefusedException(Broken);
        foreach ((string name, byte[] file) in files)
            foreach (byte[] entry in StepSecrets.Parts(file)) Take(Entry.Read(entry, isHere: name == _entries));
        if (store.Read(_bytes) is { } shares) _known = StepSecrets.Parts(shares);
    }

    /// <summary>Forgets the bytes of settled rounds.</summary>
    public static void Drop(ISecretStore store, JobId job, int settledRound)
    {
        string prefix = $"{job}~{Bytes}~";
        foreach (string name in store.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            if (int.Parse(name[prefix.Length..].Split('.')[1], CultureInfo.InvariantCulture) <= settledRound) store.Erase(name);
    }

    /// <inheritdoc/>
    /// <exception cref="RefusedException">A share was made whose bytes are gone.</exception>
    public LedgerView Read(ShareRequest request)
    {
        ShareRecord? made = _made.TryGetValue((request.Key, request.Factor), out Entry? entry) ? new ShareRecord(entry.Request, entry.Counter, BytesOf(entry)) : null;
        return new LedgerView(
            made,
            _contributors.TryGetValue(request.Sum, out Hash256 contributors) ? contributors : null,
            _places.TryGetValue(request.Place, out Hash256 factor) ? factor : null,
            OpeningsOf(request.Key));
    }

    /// <inheritdoc/>
    public bool Persist(ShareRecord record)
    {
        LedgerView now = Read(record.Request);
        if (now.Made is not null || now.PlaceFactor is not null || (now.Contributors is { } contributors && contributors != record.Request.Contributors) || record.Counter != now.Openings + 1) return false;
        _new.Add(record);
        Take(new Entry(record.Request, record.Counter, Hash256.Of(record.Share.AsSpan()), IsHere: true));
        return true;
    }

    /// <summary>Makes what was persisted durable: the bytes, then the entry that says that there are some.</summary>
    public void Commit()
    {
        if (_new.Count == 0) return;
        _store.Write(_bytes, StepSecrets.Join([.. _known, .. _new.Select(static record => record.Share.ToArray())]));
        byte[] entries = StepSecrets.Join([.. _made.Values.Where(static entry => entry.IsHere).OrderBy(static entry => entry.Counter).Select(static entry => entry.ToBytes())]);
        SortedDictionary<string, byte[]> after = new(_files, StringComparer.Ordinal) { [_entries] = SHA256.HashData(entries) };
        _seal.Write(_files, after);   // a crash from here on leaves either
        _store.Write(_entries, entries);
        _seal.Write(after, after);
        _files[_entries] = after[_entries];
        _known = StepSecrets.Parts(_store.Read(_bytes)!);
        _new.Clear();
    }

    private static string NameOf(JobId job, string kind, int epoch, CollectionId id) => $"{job}~{kind}~{epoch}.{id}";

    // Trial openings are made before there is a ledger: they count as if each holder had been in as many as it can be.
    private long OpeningsOf(Hash256 key) => _openings.GetValueOrDefault(key, CkksPlan.TrialOpenings);

    private void Take(Entry entry)
    {
        ShareRequest request = entry.Request;
        _made.Add((request.Key, request.Factor), entry);
        _places.Add(request.Place, request.Factor);
        _contributors[request.Sum] = request.Contributors;
        _openings[request.Key] = Math.Max(OpeningsOf(request.Key), entry.Counter);
    }

    private ImmutableArray<byte> BytesOf(Entry entry)
    {
        if (!entry.IsHere) return [];   // of another attempt: the caller only learns that there is one
        byte[]? share = _known.Concat(_new.Select(static record => record.Share.ToArray())).FirstOrDefault(share => Hash256.Of(share) == entry.Share);
        return share is null ? throw new RefusedException("a share of this opening was made, and its bytes are gone: it is not made a second time") : [.. share];
    }

    /// <summary>That a share was made.</summary>
    /// <param name="Request">Of and for what.</param>
    /// <param name="Counter">How many under the key there were with it.</param>
    /// <param name="Share">Hash of its bytes.</param>
    /// <param name="IsHere">True where it is of the attempt that is being opened.</param>
    private sealed record Entry(ShareRequest Request, long Counter, Hash256 Share, bool IsHere)
    {
        private const int Hashes = 7;

        public static Entry Read(ReadOnlySpan<byte> bytes, bool isHere)
        {
            if (bytes.Length != (Hashes * Hash256.Bytes) + sizeof(long)) throw new InvalidDataException("an entry of the ledger of shares is damaged: nothing is opened with it");
            ImmutableArray<Hash256> hashes = HashList.Read(bytes[..(Hashes * Hash256.Bytes)]);
            return new Entry(new ShareRequest(hashes[0], hashes[1], hashes[2], hashes[3], hashes[4], hashes[5]), BinaryPrimitives.ReadInt64LittleEndian(bytes[(Hashes * Hash256.Bytes)..]), hashes[6], isHere);
        }

        public byte[] ToBytes()
        {
            byte[] counter = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(counter, Counter);
            return [.. HashList.Write([Request.Key, Request.Factor, Request.Use, Request.Sum, Request.Contributors, Request.Place, Share]), .. counter];
        }
    }
}
