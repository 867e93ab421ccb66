using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Sampling;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>Whoever of the holders opens, the opened sum is exactly the integer sum.</summary>
public sealed class OpeningProperties
{
    [Fact]
    public void Every_active_set_of_every_t_of_n_opens_the_exact_sum() => Prop.ForAll<byte, byte, int>(static (size, threshold, seed) =>
    {
        int n = 2 + (size % 5), t = 2 + (threshold % (n - 1));
        Random random = new(seed);
        Holders holders = Holders.Make(n, t);
        int[] contributors = [.. Enumerable.Range(0, n)];
        for (int round = 0; round < 2; round++)
        {
            Round sum = new(holders, contributors, new SumRound("job", round, "training", 0), length: random.Next(1, 20_000), seed: seed & 0xFFFF);
            int[] members = [.. contributors.OrderBy(_ => random.Next()).Take(t)];
            Assert.Equal(sum.Expected, sum.Open(holders.Active(members)));
        }
        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(4));

    [Fact]
    public void Holders_open_a_sum_of_some_of_them_when_each_opener_is_among_the_contributors()
    {
        Holders holders = Holders.Make(5, 2);
        Round sum = new(holders, [0, 2, 3]);
        Assert.Equal(sum.Expected, sum.Open(holders.Active(0, 3)));
    }

    /// <summary>Where the contributors are fixed and some cannot encrypt anew, their uploads of one and of two earlier attempts count again.</summary>
    [Fact]
    public void Uploads_of_earlier_attempts_open_with_those_of_the_present_one()
    {
        Holders holders = Holders.Make(5, 2);
        int[] all = [0, 1, 2, 3, 4];
        Round first = new(holders, all, new SumRound("job", 1, "training", 1), length: 30_000), second = new(holders, all, first.Id with { Attempt = 2 }, layout: first.Layout, earlier: first, again: [1, 4]);
        Assert.Equal(first.Expected, first.Open(holders.Active(0, 1)));       // an opener is lost after that
        Assert.Equal([1, 2], second.Statement.Groups.Select(static group => group.Round.Attempt));
        Assert.Equal(first.Expected, second.Open(holders.Active(2, 3)));
        Round third = new(holders, all, first.Id with { Attempt = 3 }, layout: first.Layout, earlier: first, again: [4]);
        Assert.Equal(first.Expected, third.Open(holders.Active(0, 2)));
        Assert.Contains("is to sum", Assert.Throws<RefusedException>(() => new SumStatement(first.Id, first.Layout, second.Contributions, second.Statement.Sums)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_does_not_hold_the_key_is_in_no_sum_that_is_opened()
    {
        Holders holders = Holders.Make(3, 2);
        Round sum = new(holders, [0, 1, 2]);
        Contribution stranger = Contribution.OfRoot(sum.Id, holders.Key, sum.Layout, "site-77", default);
        VerifiedSum claimed = new(holders.Key, new SumStatement(sum.Id, sum.Layout, [.. sum.Contributions, stranger], sum.Statement.Sums), holders.Active(0, 1), "site-00", SumVerification.Full);
        Assert.Contains("'site-77' holds no part", Assert.Throws<RefusedException>(() => holders.All[0].Share(claimed, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_than_t_shares_or_too_many_are_refused()
    {
        Holders holders = Holders.Make(4, 3);
        Round sum = new(holders, [0, 1, 2, 3]);
        ActiveSet active = holders.Active(0, 1, 3);
        OpeningShare[] shares = [.. active.Members.Select(m => sum.Share(m, active))];
        long[] values = new long[sum.Layout.Schema.Length];
        Assert.Throws<RefusedException>(() => sum.Opening(active).Open(0, sum.Sums[0], shares[..2], values));
        Assert.Throws<RefusedException>(() => sum.Opening(active).Open(0, sum.Sums[0], [.. shares, shares[0]], values));
        Assert.Throws<RefusedException>(() => holders.Active(0, 1));
        Assert.All(values, static v => Assert.Equal(0, v));
        Assert.Contains($"has {sum.Sums.Length} ciphertexts", Assert.Throws<ArgumentOutOfRangeException>(() => sum.Opening(active).Open(sum.Sums.Length, sum.Sums[0], shares, values)).Message, StringComparison.Ordinal);
    }

    /// <summary>t - 1 parts interpolated without the last one are another secret altogether.</summary>
    [Fact]
    public void Shares_of_a_smaller_set_open_to_nothing()
    {
        Holders holders = Holders.Make(3, 3);
        Round sum = new(holders, [0, 1, 2]);
        ActiveSet active = holders.Active(0, 1, 2);
        PackedFormat format = new(sum.Layout, holders.Key.Key.Id.AsSpan());
        ImmutableArray<OpeningShare> two = [sum.Share(0, active), sum.Share(1, active)];
        long[] values = new long[sum.Layout.ValuesOf(0).Count];
        Assert.Throws<OpeningInconsistentException>(() => ShareCombination.Open(format, sum.Sums[0], two, 3, values));
    }

    [Fact]
    public void A_damaged_share_is_found_by_its_signature_and_a_wrong_one_by_the_opening()
    {
        Holders holders = Holders.Make(3, 2);
        Round sum = new(holders, [0, 1, 2]);
        ActiveSet active = holders.Active(1, 2);
        OpeningShare[] shares = [.. active.Members.Select(m => sum.Share(m, active))];
        long[] values = new long[sum.Layout.ValuesOf(0).Count];
        byte[] bytes = shares[0].Bytes.ToArray();
        bytes[5000] ^= 1;
        OpeningShare damaged = OpeningShare.Read(bytes, shares[0].Payload.Length);
        Assert.Contains("not signed by it", Assert.Throws<RefusedException>(() => sum.Opening(active).Open(0, sum.Sums[0], [damaged, shares[1]], values)).Message, StringComparison.Ordinal);

        byte[] payload = shares[0].Payload.ToArray();
        payload[5000] ^= 1;
        OpeningShare wrong = OpeningShare.Sign(ShareKind.Decryption, 1, shares[0].Request, payload, holders.Signers[1]);
        Assert.Throws<OpeningInconsistentException>(() => sum.Opening(active).Open(0, sum.Sums[0], [wrong, shares[1]], values));
        Assert.All(values, static v => Assert.Equal(0, v));
    }

    [Fact]
    public void A_key_part_survives_its_disk_and_opens_as_before()
    {
        Holders holders = Holders.Make(3, 2);
        Round sum = new(holders, [0, 1, 2]);
        byte[] wrappingKey = new byte[32];
        SystemEntropy.Instance.Fill(wrappingKey);
        byte[] wrapped = holders.All[0].Wrap(wrappingKey);
        using KeyHolder restored = KeyHolder.Unwrap(holders.Key, holders.NameOf(0), wrapped, wrappingKey, holders.Ledgers[0], holders.Signers[0], SystemEntropy.Instance);
        ActiveSet active = holders.Active(0, 2);
        long[] values = new long[sum.Layout.Schema.Length];
        sum.Opening(active).Open(0, sum.Sums[0], [restored.Share(sum.Full(0, active), 0), sum.Share(2, active)], values);
        Assert.Equal(sum.Expected, values);
        Assert.Throws<RefusedException>(() => KeyHolder.Unwrap(holders.Key, holders.NameOf(1), wrapped, wrappingKey, holders.Ledgers[1], holders.Signers[1], SystemEntropy.Instance));
        wrapped[40] ^= 1;
        Assert.Throws<RefusedException>(() => KeyHolder.Unwrap(holders.Key, holders.NameOf(0), wrapped, wrappingKey, holders.Ledgers[0], holders.Signers[0], SystemEntropy.Instance));
    }

    [Fact]
    public void Sixty_four_holders_share_one_key()
    {
        int[] openers = [3, 20, 41, 62, 63];
        Holders holders = Holders.Make(64, openers.Length, completing: openers);
        Round sum = new(holders, openers, length: 50);
        Assert.Equal(sum.Expected, sum.Open(holders.Active(openers)));
        Assert.Throws<InvalidParametersException>(() => Holders.Terms(65, 5));
    }

    [Fact]
    public void The_profile_of_rounds_opens_with_the_smudging_of_its_proof()
    {
        Holders holders = Holders.Make(3, 2, profile: PackingProfile.SiloThreshold);
        Round sum = new(holders, [0, 1, 2], layout: Round.LayoutOf(holders, 1000, bits: 16, new PackingJob(64, 64, 100, 3) { OpeningsPerKey = holders.Ceremony.OpeningsInAll }));
        Assert.Equal(6, sum.Layout.Runs[0].Fields);
        Assert.Equal(sum.Expected, sum.Open(holders.Active(0, 2)));
        int bytes = sum.Share(0, holders.Active(0, 2)).Bytes.Length;
        Assert.True(bytes <= 4.2 * 6 * 8192, $"a share of {bytes} bytes");
    }

    [Fact]
    public void Damaged_bytes_of_a_share_are_refused_and_nothing_else_happens()
    {
        Holders holders = Holders.Make(2, 2);
        Round sum = new(holders, [0, 1]);
        ActiveSet active = holders.Active(0, 1);
        CollectiveOpening opening = sum.Opening(active);
        OpeningShare first = sum.Share(0, active), second = sum.Share(1, active);
        long[] values = new long[sum.Layout.ValuesOf(0).Count];
        Random random = new(5);
        for (int i = 0; i < 400; i++)
        {
            byte[] bytes = first.Bytes.ToArray();
            if (i % 4 == 0) Array.Resize(ref bytes, random.Next(bytes.Length + 600));
            else bytes[i % 4 == 1 ? random.Next(200) : random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            Assert.ThrowsAny<CryptoException>(() => opening.Open(0, sum.Sums[0], [opening.Read(bytes), second], values));
        }
        Assert.All(values, static v => Assert.Equal(0, v));
    }
}
