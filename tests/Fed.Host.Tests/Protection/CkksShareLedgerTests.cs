using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Crypto;
using Fed.Crypto.Multiparty;
using Fed.Host.Protection;
using Xunit;

namespace Fed.Host.Tests.Protection;

/// <summary>A site's memory of the shares that it made, against whoever edits, cuts or puts back parts of it: without it a second share of one sum could leave, and so it makes none.</summary>
public sealed class CkksShareLedgerTests
{
    private static readonly JobId Job = new("trial-1");

    private readonly Store _store = new();

    private static Hash256 Hash(string of) => Hash256.Of(System.Text.Encoding.UTF8.GetBytes(of));

    private static ShareRecord Record(string sum, int counter) => new(new ShareRequest(Hash("key"), Hash($"factor {sum}"), Hash("use"), Hash($"sum {sum}"), Hash("contributors"), Hash($"place {sum}")), counter, [1, 2, (byte)counter]);

    private CkksShareLedger Open(int attempt, int onRecord, int epoch = 1) => new(_store, Job, epoch, new CollectionId(3, attempt, "training"), onRecord);

    private void Make(int attempt)
    {
        CkksShareLedger ledger = Open(attempt, onRecord: attempt - 1);
        Assert.True(ledger.Persist(Record($"{attempt}", (int)ledger.Read(Record($"{attempt}", 0).Request).Openings + 1)));
        ledger.Commit();
    }

    private void Declines(int attempt, int onRecord) => Assert.Contains("is not as it was left", Assert.Throws<RefusedException>(() => Open(attempt, onRecord)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_was_made_is_found_again()
    {
        Make(1);
        Make(2);
        Assert.NotNull(Open(2, onRecord: 2).Read(Record("2", 0).Request).Made);
        Assert.NotNull(Open(3, onRecord: 2).Read(Record("1", 0).Request).Contributors);
        Assert.NotNull(Open(1, onRecord: 0, epoch: 2).Read(Record("1", 0).Request).Contributors);   // another key makes none of it undone
    }

    [Fact]
    public void A_ledger_that_was_edited_cut_or_partly_put_back_makes_no_share()
    {
        Make(1);
        Dictionary<string, byte[]> early = _store.Copy();
        Make(2);
        Dictionary<string, byte[]> whole = _store.Copy();
        foreach (string name in whole.Keys.Where(static name => !name.Contains("~shares~", StringComparison.Ordinal)))
        {
            byte[] content = whole[name];
            foreach (int at in name.EndsWith("~ledger", StringComparison.Ordinal) ? (int[])[0, 20] : [0, content.Length / 2, content.Length - 1])   // of two equal seals one may be spoilt
            {
                _store.Put(name, [.. content[..at], (byte)(content[at] ^ 1), .. content[(at + 1)..]]);
                Exception refused = Assert.ThrowsAny<Exception>(() => Open(3, onRecord: 2));
                Assert.True(refused is RefusedException or InvalidDataException, refused.ToString());
            }

            _store.Put(name, content[..^8]);
            Assert.ThrowsAny<Exception>(() => Open(3, onRecord: 2));
            _store.Put(name, null);
            Declines(3, onRecord: 2);
            if (early.TryGetValue(name, out byte[]? before) && !before.AsSpan().SequenceEqual(content))
            {
                _store.Put(name, before);
                Declines(3, onRecord: 2);
            }

            _store.Put(name, content);
            Open(3, onRecord: 2);
        }

        _store.Reset(early);      // all of it from an older copy: the site's journal knows better
        Declines(3, onRecord: 2);
        _store.Reset([]);
        Declines(3, onRecord: 1);
        Open(3, onRecord: 0);     // a site that has made none
    }

    [Fact]
    public void After_a_crash_at_any_write_the_ledger_opens_and_no_share_that_may_have_left_is_forgotten()
    {
        Make(1);
        for (int writes = 0; ; writes++)
        {
            Dictionary<string, byte[]> before = _store.Copy();
            _store.WritesUntilCrash = writes;
            Exception? crash = Record2();
            _store.WritesUntilCrash = int.MaxValue;
            CkksShareLedger again = Open(2, onRecord: 1);
            if (again.Read(Record("2", 0).Request).Made is null)
            {
                Assert.True(again.Persist(Record("2", (int)again.Read(Record("2", 0).Request).Openings + 1)));
                again.Commit();
            }

            Assert.NotNull(Open(2, onRecord: 2).Read(Record("2", 0).Request).Made);
            if (crash is null) return;
            _store.Reset(before);
        }

        Exception? Record2() => Xunit.Record.Exception(() => Make(2));
    }

    /// <summary>A store in memory whose names can be changed behind its owner's back, and that ends its process in place of a write.</summary>
    private sealed class Store : ISecretStore
    {
        private SortedDictionary<string, byte[]> _secrets = new(StringComparer.Ordinal);

        public int WritesUntilCrash { get; set; } = int.MaxValue;

        public IReadOnlyList<string> Names => [.. _secrets.Keys];

        public byte[]? Read(string name) => _secrets.GetValueOrDefault(name);

        public void Write(string name, ReadOnlySpan<byte> secret)
        {
            if (WritesUntilCrash-- <= 0) throw new IOException("the process has ended");
            _secrets[name] = secret.ToArray();
        }

        public void Erase(string name) => _secrets.Remove(name);

        public Dictionary<string, byte[]> Copy() => new(_secrets, StringComparer.Ordinal);

        public void Reset(Dictionary<string, byte[]> secrets) => _secrets = new SortedDictionary<string, byte[]>(secrets, StringComparer.Ordinal);

        public void Put(string name, byte[]? secret)
        {
            if (secret is null) _secrets.Remove(name);
            else _secrets[name] = secret;
        }
    }
}
