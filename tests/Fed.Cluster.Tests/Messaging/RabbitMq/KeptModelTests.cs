using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.TestKit;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>What a node's transport keeps of the models that it fetched: a megabyte at least, three at most, for a minute.</summary>
public sealed class KeptModelTests
{
    private const int Megabyte = IBulkTransfer.PieceBytes;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly Digest First = new(Convert.FromHexString(new string('1', 64))), Second = new(Convert.FromHexString(new string('2', 64)));

    private readonly ManualTimeProvider _clock = new(new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero));
    private readonly KeptModel _kept = new(Minute, 3 * Megabyte);

    [Theory]
    [InlineData(Megabyte - 1, false)]
    [InlineData(Megabyte, true)]
    [InlineData(3 * Megabyte, true)]
    [InlineData((3 * Megabyte) + 1, false)]
    public void Model_is_kept_that_is_no_trifle_and_leaves_the_node_its_memory(int length, bool isKept)
    {
        byte[] model = new byte[length];
        _kept.Keep(First, model, _clock);
        Assert.Equal(isKept ? model : null, _kept.Find(First));
        Assert.Null(_kept.Find(Second));
    }

    [Fact]
    public void Next_model_takes_the_place_of_the_last_one_also_where_it_is_too_large_itself()
    {
        _kept.Keep(First, new byte[Megabyte], _clock);
        _kept.Keep(Second, new byte[2 * Megabyte], _clock);
        Assert.Null(_kept.Find(First));
        Assert.NotNull(_kept.Find(Second));
        _kept.Keep(First, new byte[4 * Megabyte], _clock);
        Assert.Null(_kept.Find(Second));
    }

    [Fact]
    public void Model_that_was_fetched_too_long_ago_is_forgotten()
    {
        _kept.Keep(First, new byte[Megabyte], _clock);
        _clock.Advance(Minute);
        _kept.ForgetOld(_clock);
        Assert.NotNull(_kept.Find(First));
        _clock.Advance(TimeSpan.FromTicks(1));
        _kept.ForgetOld(_clock);
        Assert.Null(_kept.Find(First));
    }
}
