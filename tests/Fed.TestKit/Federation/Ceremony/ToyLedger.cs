using System.Globalization;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.TestKit.Federation.Ceremony;

/// <summary>Of what a site of the toy made shares, in its secret store: a line for each opening, for ever, and the bytes until the round is settled.</summary>
internal sealed class ToyLedger
{
    private readonly ISecretStore _store;
    private readonly EncryptionContext _context;
    private readonly string _entries, _bytes;

    private ToyLedger(ISecretStore store, EncryptionContext context)
    {
        (_store, _context) = (store, context);
        string id = $"{context.Key.Epoch}.{context.Collection}";
        (_entries, _bytes) = ($"{context.Job}~opened~{id}", $"{context.Job}~shares~{id}");
    }

    public static ToyLedger Of(ISecretStore store, EncryptionContext context) => new(store, context);

    public static void Drop(ISecretStore store, JobId job, int settledRound)
    {
        string prefix = $"{job}~shares~";
        foreach (string name in store.Names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
            if (int.Parse(name[prefix.Length..].Split('.')[1], CultureInfo.InvariantCulture) <= settledRound) store.Erase(name);
    }

    /// <summary>Takes the shares of an opening into the books, or finds the same there; refuses what was opened otherwise.</summary>
    public void Require(string label, string contributors, byte[] shares, long openingsMax, int openings)
    {
        string sum = $"{_context.Collection.Round}/{_context.Collection.Sum}/{_context.Base}", made = Convert.ToHexStringLower(shares.AsSpan(0, sizeof(ulong)));
        long used = CkksPlan.TrialOpenings;
        if (_store.Names.Count(name => name.StartsWith($"{_context.Job}~opened~{_context.Key.Epoch}.", StringComparison.Ordinal)) < _context.SharesOnRecord)
            throw new CeremonyException("the ledger of shares lacks some that the journal has on record: nothing is opened with it");
        foreach (string name in _store.Names.Where(name => name.StartsWith($"{_context.Job}~opened~", StringComparison.Ordinal)))
        {
            string[] known = Encoding.UTF8.GetString(_store.Read(name)!).Split('\n');
            if (name == _entries || known[0] == label)
            {
                if (name != _entries || known[0] != label || known[3] != made) throw new CeremonyException("shares of this attempt were made before, for another opening: a second one would give the key away");
                if (_store.Read(_bytes) is null) throw new CeremonyException("shares of this attempt were made, and their bytes are gone");
                return;
            }

            if (known[1] == sum && known[2] != contributors) throw new CeremonyException("this sum was opened for other contributors before");
            if (known[4] == _context.Key.Id.ToString()) used += long.Parse(known[5], CultureInfo.InvariantCulture);
        }

        if (used + openings > openingsMax) throw new CeremonyException($"the key is used up: {used} of {openingsMax} openings were made");
        _store.Write(_bytes, shares);
        _store.Write(_entries, Encoding.UTF8.GetBytes($"{label}\n{sum}\n{contributors}\n{made}\n{_context.Key.Id}\n{openings}"));
    }
}
