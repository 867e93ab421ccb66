using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>A sum that is switched to an outside receiver is read by the receiver, exactly, and by nobody else.</summary>
public sealed class KeySwitchTests
{
    private static readonly Lazy<Holders> Shared = new(static () => Holders.Make(3, 2));
    private static int _rounds;
    private readonly Holders _holders = Shared.Value;
    private readonly Round _sum;
    private readonly ActiveSet _active;

    public KeySwitchTests()
    {
        _sum = new Round(_holders, [0, 1, 2], new SumRound("job", Interlocked.Increment(ref _rounds), "training", 0), length: 15_000, seed: _rounds);
        _active = _holders.Active(0, 2);
    }

    [Fact]
    public void The_receiver_reads_the_exact_sum()
    {
        using ReceiverKey receiver = ReceiverKey.Generate(Holders.Profile, SystemEntropy.Instance);
        ReceiverPublicKey published = ReceiverPublicKey.Read(Holders.Profile, receiver.Public.Bytes, receiver.Public.Id);
        CollectiveOpening opening = _sum.Opening(_active);
        VerifiedSum[] verified = [.. _active.Members.Select(m => _sum.Full(m, _active))];
        long[] values = new long[_sum.Layout.Schema.Length];
        for (int index = 0; index < _sum.Sums.Length; index++)
        {
            OpeningShare[] shares = [.. verified.Zip(_active.Members, (v, m) => opening.ReadSwitch(_holders.All[m].Switch(v, index, published).Bytes))];
            byte[] switched = opening.Switch(index, _sum.Sums[index], published, shares);
            (int first, int count) = _sum.Layout.ValuesOf(index);
            Assert.Equal(new PackedHeader(PackedForm.Ciphertext, index, 3), receiver.Open(_sum.Layout, switched, values.AsSpan(first, count)));
        }
        Assert.Equal(_sum.Expected, values);
    }

    [Fact]
    public void Another_receiver_cannot_read_it_and_the_shares_do_not_open_it()
    {
        using ReceiverKey receiver = ReceiverKey.Generate(Holders.Profile, SystemEntropy.Instance), other = ReceiverKey.Generate(Holders.Profile, SystemEntropy.Instance);
        CollectiveOpening opening = _sum.Opening(_active);
        OpeningShare[] shares = [.. _active.Members.Select(m => _holders.All[m].Switch(_sum.Full(m, _active), 0, receiver.Public))];
        byte[] switched = opening.Switch(0, _sum.Sums[0], receiver.Public, shares);
        long[] values = new long[_sum.Layout.ValuesOf(0).Count];
        Assert.Throws<SealFormatException>(() => other.Open(_sum.Layout, switched, values));
        switched[104] ^= 1;                            // the index in the header
        Assert.Contains("are asked for", Assert.Throws<SealFormatException>(() => receiver.Open(_sum.Layout, switched, values)).Message, StringComparison.Ordinal);
        switched[104] ^= 1;
        other.Public.Id.CopyTo(switched.AsSpan(72));   // the id of the key in the header
        Assert.Throws<OpeningInconsistentException>(() => other.Open(_sum.Layout, switched, values));
        Assert.Throws<RefusedException>(() => opening.Open(0, _sum.Sums[0], shares, values));
        Assert.Throws<RefusedException>(() => opening.Switch(0, _sum.Sums[0], other.Public, shares));
        Assert.All(values, static v => Assert.Equal(0, v));
    }

    [Fact]
    public void A_ciphertext_is_opened_or_switched_to_one_receiver_and_never_both()
    {
        using ReceiverKey receiver = ReceiverKey.Generate(Holders.Profile, SystemEntropy.Instance), other = ReceiverKey.Generate(Holders.Profile, SystemEntropy.Instance);
        VerifiedSum verified = _sum.Full(0, _active);
        byte[] share = _holders.All[0].Switch(verified, 0, receiver.Public).Bytes.ToArray();
        Assert.Equal(share, _holders.All[0].Switch(verified, 0, receiver.Public).Bytes.ToArray());
        Assert.Throws<RefusedException>(() => _holders.All[0].Switch(verified, 0, other.Public));
        Assert.Throws<RefusedException>(() => _holders.All[0].Share(verified, 0));
    }

    [Fact]
    public void A_receiver_that_the_plan_does_not_name_is_refused()
    {
        using ReceiverKey receiver = ReceiverKey.Generate(Holders.Profile, SystemEntropy.Instance), other = ReceiverKey.Generate(Holders.Profile, SystemEntropy.Instance);
        Assert.Contains("the plan names", Assert.Throws<RefusedException>(() => ReceiverPublicKey.Read(Holders.Profile, other.Public.Bytes, receiver.Public.Id)).Message, StringComparison.Ordinal);
        Assert.Throws<SealFormatException>(() => ReceiverPublicKey.Read(Holders.Profile, other.Public.Bytes[1..], other.Public.Id));
    }
}
