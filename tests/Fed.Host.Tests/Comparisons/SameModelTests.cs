using Fed.Host.Comparisons;
using Fed.Host.Presentation;
using Xunit;

namespace Fed.Host.Tests.Comparisons;

/// <summary>Runs that differ in the protection alone.</summary>
public sealed class SameModelTests
{
    private static ComparedSeed Result(string model, string round = "r", string? failure = null, string site = "a") => new(
        1, failure is null ? model : null, null, failure, 1, 1, 1, 1, 1, "folder", false, null, failure is null ? [new RoundReport { Round = 1, ModelSha256 = round, Contributors = [site] }] : [], []);

    private static SameModel? Among(params (string Protection, string Unprotected, ComparedSeed Result)[] runs) =>
        SameModel.Among(runs.Select(static (run, i) => ($"run{i}", run.Protection, run.Unprotected, run.Result))) is [var only] ? only : null;

    [Fact]
    public void Equal_models_in_every_round_are_told_in_a_sentence() =>
        Assert.Equal("seed 1: run0, run1 and run2 come to the same model, to the last bit, in every round", Among(("plain", "p", Result("m")), ("secagg", "p", Result("m")), ("ckks", "p", Result("m")))?.Sentence);

    [Fact]
    public void Another_model_and_another_model_on_the_way_differ()
    {
        Assert.False(Among(("plain", "p", Result("m")), ("secagg", "p", Result("n")))?.Equal);
        SameModel? onTheWay = Among(("plain", "p", Result("m")), ("secagg", "p", Result("m", round: "s")));
        Assert.False(onTheWay?.Equal);
        Assert.Contains("run0 and run1 DIFFER", onTheWay?.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Failed_runs_and_sums_of_other_sites_cannot_be_compared()
    {
        Assert.Null(Among(("plain", "p", Result("m")), ("secagg", "p", Result("m", failure: "no")))?.Equal);
        Assert.Null(Among(("plain", "p", Result("m")), ("secagg", "p", Result("n", site: "b")))?.Equal);
    }

    [Fact]
    public void Runs_of_other_plans_or_of_one_protection_are_no_pair()
    {
        Assert.Null(Among(("plain", "p", Result("m")), ("secagg", "q", Result("m"))));
        Assert.Null(Among(("plain", "p", Result("m")), ("plain", "p", Result("m"))));
    }
}
