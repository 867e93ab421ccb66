using Fed.Crypto.Multiparty;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>A share is a stored value: whatever happens between the steps, no two different shares of one ciphertext ever leave.</summary>
public sealed class ShareLedgerTests
{
    private static readonly Lazy<Holders> Shared = new(static () => Holders.Make(4, 2));
    private readonly Holders _holders = Shared.Value;
    private static int _rounds;

    [Fact]
    public void A_share_is_sent_again_byte_for_byte()
    {
        Round sum = Fresh();
        ActiveSet active = _holders.Active(0, 1);
        long before = Openings(0);
        byte[] first = sum.Share(0, active).Bytes.ToArray();
        Assert.Equal(first, sum.Share(0, active).Bytes.ToArray());
        Assert.Equal(before + 1, Openings(0));
    }

    [Fact]
    public void Another_active_set_for_the_same_ciphertext_is_refused_for_ever()
    {
        Round sum = Fresh();
        byte[] first = sum.Share(0, _holders.Active(0, 1)).Bytes.ToArray();
        for (int again = 0; again < 3; again++) Assert.Contains("made before, for another active set", Refusal(() => sum.Share(0, _holders.Active(0, 2))), StringComparison.Ordinal);
        Assert.Equal(first, sum.Share(0, _holders.Active(0, 1)).Bytes.ToArray());
    }

    /// <summary>What is sent in the place of the sum changes no share, so it is no reason for another one either.</summary>
    [Fact]
    public void Another_sum_that_is_stated_for_the_same_contributors_gets_the_same_bytes()
    {
        Round sum = Fresh();
        ActiveSet active = _holders.Active(0, 1);
        SumStatement other = new(sum.Id, sum.Layout, sum.Contributions, [default]);
        Assert.Equal(sum.Share(0, active).Bytes, _holders.All[0].Share(new VerifiedSum(_holders.Key, other, active, "site-00", SumVerification.Full), 0).Bytes);
    }

    [Fact]
    public void Other_polynomials_at_a_place_that_was_opened_are_refused()
    {
        Round sum = Fresh(), other = new(_holders, [0, 1, 2, 3], sum.Id, layout: Round.LayoutOf(_holders, 301));
        ActiveSet active = _holders.Active(0, 1);
        sum.Share(0, active);
        Assert.Contains("another ciphertext was opened at this place", Refusal(() => other.Share(0, active)), StringComparison.Ordinal);
    }

    /// <summary>Otherwise the difference of two opened sums would be the vector of the site that was left out.</summary>
    [Fact]
    public void Another_attempt_opens_the_same_contributors_or_nothing()
    {
        Round sum = Fresh();
        ActiveSet active = _holders.Active(0, 1);
        sum.Share(0, active);
        Round fewer = new(_holders, [0, 1, 2], sum.Id with { Attempt = 1 }), same = new(_holders, [0, 1, 2, 3], sum.Id with { Attempt = 2 });
        Assert.Contains("other contributors", Refusal(() => fewer.Share(0, active)), StringComparison.Ordinal);
        Assert.Equal(same.Expected, same.Open(active));
    }

    [Fact]
    public void A_crash_before_the_share_is_durable_loses_it_and_one_after_it_repeats_it()
    {
        Round sum = Fresh();
        ActiveSet active = _holders.Active(1, 2);
        CrashingLedger ledger = new() { CrashBefore = true };
        Assert.Throws<IOException>(() => Share(sum, active, ledger));
        Assert.Null(ledger.Last);                                   // nothing was stored, and nothing left
        ledger.CrashBefore = false;
        ledger.CrashAfter = true;
        Assert.Throws<IOException>(() => Share(sum, active, ledger));
        ledger.CrashAfter = false;
        byte[] share = Share(sum, active, ledger);                  // after the restart
        Assert.Equal(ledger.Last!.Share.AsSpan(), share);
        Assert.Equal(share, Share(sum, active, ledger));
        Assert.Equal(1, ledger.Last.Counter);
        Assert.Contains("another active set", Refusal(() => Share(sum, _holders.Active(1, 3), ledger)), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_leaves_that_the_ledger_did_not_take()
    {
        Round sum = Fresh();
        Assert.Contains("changing under our hands", Refusal(() => Share(sum, _holders.Active(1, 2), new RefusingLedger())), StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_that_ask_at_once_get_one_share()
    {
        Round sum = Fresh();
        ActiveSet active = _holders.Active(2, 3);
        VerifiedSum verified = sum.Full(2, active);
        long before = Openings(2);
        byte[][] shares = new byte[4][];
        Parallel.For(0, shares.Length, i => shares[i] = _holders.All[2].Share(verified, 0).Bytes.ToArray());
        Assert.All(shares, s => Assert.Equal(shares[0], s));
        Assert.Equal(before + 1, Openings(2));
    }

    [Fact]
    public void The_ledger_stores_all_or_nothing_and_counts_without_gaps()
    {
        InMemoryShareLedger ledger = new();
        ShareRequest request = new(Of(1), Of(2), Of(3), Of(4), Of(5), Of(6));
        Assert.False(ledger.Persist(new ShareRecord(request, 2, [1])));
        Assert.True(ledger.Persist(new ShareRecord(request, 1, [1])));
        Assert.False(ledger.Persist(new ShareRecord(request, 2, [2])));
        Assert.False(ledger.Persist(new ShareRecord(request with { Factor = Of(7) }, 2, [2])));                                     // the place is taken
        Assert.False(ledger.Persist(new ShareRecord(request with { Factor = Of(7), Place = Of(8), Contributors = Of(9) }, 2, [2])));   // the sum has contributors
        Assert.Equal(1, ledger.Read(request).Openings);
        Assert.True(ledger.Persist(new ShareRecord(request with { Factor = Of(7), Place = Of(8) }, 2, [2])));
        Assert.Equal(0, ledger.Read(request with { Key = Of(99) }).Openings);
        Assert.Equal(Of(5), ledger.Read(request with { Key = Of(99) }).Contributors);                                          // over all keys
    }

    private static Hash256 Of(byte value) => Hash256.Of([value]);

    private Round Fresh() => new(_holders, [0, 1, 2, 3], new SumRound("job", Interlocked.Increment(ref _rounds), "training", 0), seed: _rounds);

    private long Openings(int holder) => _holders.Ledgers[holder].Read(new ShareRequest(_holders.Key.Id, default, default, default, default, default)).Openings;

    // Holder 1 after a restart: its part from the disk, and this ledger.
    private byte[] Share(Round sum, ActiveSet active, IShareLedger ledger)
    {
        byte[] wrappingKey = new byte[32];
        using KeyHolder holder = KeyHolder.Unwrap(_holders.Key, _holders.NameOf(1), _holders.All[1].Wrap(wrappingKey), wrappingKey, ledger, _holders.Signers[1], SystemEntropy.Instance);
        return holder.Share(sum.Full(1, active), 0).Bytes.ToArray();
    }

    private static string Refusal(Action action) => Assert.Throws<RefusedException>(action).Message;

    /// <summary>Dies before or after its transaction.</summary>
    private sealed class CrashingLedger : IShareLedger
    {
        private readonly InMemoryShareLedger _disk = new();

        public bool CrashBefore { get; set; }

        public bool CrashAfter { get; set; }

        public ShareRecord? Last { get; private set; }

        public LedgerView Read(ShareRequest request) => _disk.Read(request);

        public bool Persist(ShareRecord record)
        {
            if (CrashBefore) throw new IOException("power cut before the transaction");
            bool stored = _disk.Persist(record);
            if (stored) Last = record;
            if (CrashAfter) throw new IOException("power cut after the transaction");
            return stored;
        }
    }

    private sealed class RefusingLedger : IShareLedger
    {
        public LedgerView Read(ShareRequest request) => new(null, null, null, 0);

        public bool Persist(ShareRecord record) => false;
    }
}
