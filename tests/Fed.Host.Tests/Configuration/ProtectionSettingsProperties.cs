using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.Host.Configuration;
using Fed.Host.Configuration.Hocon;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Host.Tests.Configuration;

/// <summary>Over settings drawn at random: what a refusal tells to set, set, is accepted.</summary>
public sealed class ProtectionSettingsProperties
{
    private static Arbitrary<(int Sites, string Settings)> Drawn { get; } = (
        from sites in Gen.OneOf(Gen.Choose(2, 12), Gen.Choose(60, 105))
        from mode in Gen.Elements("plain", "secagg", "ckks")
        from colluding in Gen.Frequency((6, Gen.Choose(0, 8)), (1, Gen.Choose(0, 1_000_000)))
        from threshold in Gen.Elements("null", "1", "4", "9", "70")
        from minimum in Gen.Elements("null", "3", "5", "11", "1000000")
        from verification in Gen.Elements("fingerprint", "assigned", "full")
        from fraction in Gen.Elements("0.2", "0.5", "0.75")
        from over in Gen.Elements("1.0", "1.3", "2")
        select (sites, $"job {{ protection {{ mode = {mode}, colluding = {colluding}, threshold = {threshold}, minimum-contributors = {minimum}, verification = {verification} }}, selection {{ fraction = {fraction}, over-selection = {over} }} }}"))
        .ToArbitrary();

    [Fact]
    public void What_a_refusal_tells_to_set_is_accepted() => Prop.ForAll(Drawn, drawn =>
    {
        if (PlanRules.Refusal(ConfigFile.Load(ConfigFile.AnySites + drawn.Settings).Job with { Quorum = Quorum.All }, drawn.Sites) is not { } refusal) return;
        Assert.NotEmpty(refusal.Changes);
        ImmutableArray<string> changes = refusal.Changes;
        // In HOCON over-selection has no use once all sites are needed, and is refused with a sentence of its own.
        if (changes.Contains("job.selection.fraction = 1") && !changes.Any(static change => change.StartsWith("job.selection.over-selection", StringComparison.Ordinal))) changes = changes.Add("job.selection.over-selection = 1");
        JobOptions changed = ConfigFile.Load($"{ConfigFile.AnySites}{drawn.Settings}\n{string.Join('\n', changes)}").Job;
        Assert.Null(PlanRules.Refusal(changed, drawn.Sites)?.Sentence);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(150));

    [Theory]
    [InlineData("job.protection = secagg, simulation.partition.sites = 2", "t.conf:4:18: protection 'secagg' hides a site among at least 3, and there are 2; add sites, or set job.protection.mode = plain")]
    [InlineData("job.protection { mode = secagg, colluding = 3 }", "t.conf:4:25: 3 of 4 sites are assumed to collude with the server, and protection 'secagg' holds against at most 2 of so many; set job.protection.colluding = 2, job.protection.minimum-contributors = 4")]
    [InlineData("job.protection { mode = ckks, minimum-contributors = 5 }", "t.conf:4:25: the sum 'start-up' wants 4 sites of 4 that it invites, and 5 would have to answer where 0 may collude with the server; have more sites take part, or set job.protection.minimum-contributors = 3")]
    [InlineData("job.protection = ckks, simulation.partition.sites = 65", "t.conf:4:18: under protection 'ckks' at most 64 sites hold the key together, and there are 65; set job.protection.mode = secagg")]
    public void Known_numbers_of_sites_are_checked_with_the_settings(string additions, string expected) => Assert.Equal(expected, ConfigFile.Error(additions));

    [Theory]
    [InlineData("job.protection { mode = ckks, colluding = 2, threshold = 2 }", "; set job.protection.threshold = 3")]
    [InlineData("job { protection { mode = secagg, colluding = 3, minimum-contributors = 4 }, selection.fraction = 0.02 }", "; set job.protection.minimum-contributors = 5")]
    public void What_holds_for_no_number_of_sites_is_refused_before_the_data_are_read(string settings, string advice)
    {
        FedConfig config = ConfigFile.Load(ConfigFile.AnySites + settings);
        Assert.EndsWith(advice, Assert.Throws<HoconException>(config.CheckAnySites).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("job.protection { mode = ckks, colluding = 1 }")]
    [InlineData("job { protection { mode = secagg, colluding = 8 }, aggregators = 3, selection.fraction = 0.2 }")]
    [InlineData("job.protection { mode = ckks, threshold = 70 }")]
    public void What_holds_for_some_number_of_sites_waits_for_the_data(string settings) => Assert.Null(PlanRules.Refusal(ConfigFile.Load(ConfigFile.AnySites + settings).Job));

    [Fact]
    public void Without_a_federation_nothing_has_to_hold() => Assert.Equal(RunKind.Pooled, ConfigFile.Load("job { algorithm = pooled, protection = plain }").Job.Kind);

    [Fact]
    public void The_sketch_of_a_plan_keeps_what_the_settings_say()
    {
        PlanRefusal? refusal = PlanRules.Refusal(ConfigFile.Load(ConfigFile.AnySites + "job { protection = secagg, selection.fraction = 0.5 }").Job, 8);
        Assert.Null(refusal);
        Assert.Equal("survivors", PlanRules.Refusal(ConfigFile.Load(ConfigFile.AnySites + "job { protection { mode = secagg, colluding = 4 }, selection.fraction = 0.5 }").Job, 8)?.Rule);
    }
}
