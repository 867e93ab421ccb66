using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation.Ceremony;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

/// <summary>What a ckks plan states of its ciphertexts: whoever makes it counts them, whoever takes it counts again.</summary>
public sealed class PlannedCiphertextsTests
{
    private static readonly ToyCollectiveEncryption Toy = new(1);

    private static readonly JobPlan Counted = Given.KeyPlan() with { Ckks = PlannedCiphertexts.Of(Given.KeyPlan(), Toy.CiphertextsOf) };

    [Fact]
    public void All_sums_of_a_round_are_counted()
    {
        JobPlan plan = Given.KeyPlan();
        Assert.Equal(plan.StartSums.Sum(ToyCollectiveEncryption.CiphertextsOf), Counted.Ckks!.StartCiphertexts);
        Assert.Equal(plan.RoundSums.Sum(ToyCollectiveEncryption.CiphertextsOf), Counted.Ckks.RoundCiphertexts);
        Assert.True(plan.RoundSums.Length > 1);
        Assert.Equal(plan.Ckks, Counted.Ckks with { StartCiphertexts = plan.Ckks!.StartCiphertexts, RoundCiphertexts = plan.Ckks.RoundCiphertexts });
        Assert.Null(PlannedCiphertexts.Of(Given.Plan(), Toy.CiphertextsOf));
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(9, 9, null)]
    [InlineData(-1, 9, "at round 0")]
    [InlineData(9, -1, "at a later round")]
    public void A_plan_that_counts_less_than_its_sums_have_is_refused(int more, int moreLater, string? reason)
    {
        CkksPlan ckks = Counted.Ckks! with { StartCiphertexts = Counted.Ckks.StartCiphertexts + more, RoundCiphertexts = Counted.Ckks.RoundCiphertexts + moreLater };
        string? refusal = PlannedCiphertexts.Refusal(Counted with { Ckks = ckks }, Toy);
        if (reason is null) Assert.Null(refusal);
        else Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_cannot_count_and_a_plan_of_another_protection_are_no_case()
    {
        Assert.Null(PlannedCiphertexts.Refusal(Counted with { Ckks = Counted.Ckks! with { RoundCiphertexts = 0 } }, null));
        Assert.Null(PlannedCiphertexts.Refusal(Given.Plan(), Toy));
    }
}
