using Fed.Actors.Protocol.Job;
using Fed.Host.Configuration;
using Xunit;
using HoconText = Fed.Host.Configuration.Hocon.Hocon;

namespace Fed.Host.Tests.Configuration;

/// <summary>How <c>job.protection</c> is written, and what it comes to in the plan.</summary>
public sealed class ProtectionBinderTests
{
    private static readonly ProtectionOptions Plain = new(ProtectionChoice.Plain, 0, null, null, SumCheckLevel.Fingerprint);

    [Fact]
    public void Nothing_said_is_plain() => Assert.Equal(Plain, ConfigFile.Load("").Job.Protection);

    [Theory]
    [InlineData("job.protection = secagg")]
    [InlineData("job.protection.mode = secagg")]
    [InlineData("job { protection { mode = secagg } }")]
    [InlineData("job.protection = plain\njob.protection = secagg")]
    [InlineData("job.protection { colluding = 2 }, job.protection = secagg")]
    public void A_mode_named_alone_is_the_block_with_that_mode(string written) => Assert.Equal(Plain with { Mode = ProtectionChoice.Secagg }, ConfigFile.Load(ConfigFile.AnySites + written).Job.Protection);

    [Fact]
    public void What_is_left_out_is_the_least_that_hides_a_site()
    {
        Assert.Equal(new SecAggPlan(0, 0, 3), ConfigFile.Load(ConfigFile.AnySites + "job.protection = secagg").Job.Protection.SecAgg);
        Assert.Equal(new SecAggPlan(4, 0, 6), ConfigFile.Load(ConfigFile.AnySites + "job.protection { mode = secagg, colluding = 4 }").Job.Protection.SecAgg);
        Assert.Equal(new SecAggPlan(1, 5, 4), ConfigFile.Load(ConfigFile.AnySites + "job.protection { mode = secagg, colluding = 1, threshold = 5, minimum-contributors = 4 }").Job.Protection.SecAgg);
        Assert.Equal(new CkksPlan(0, 2, 3, SumCheckLevel.Fingerprint), ConfigFile.Load(ConfigFile.AnySites + "job.protection = ckks").Job.Protection.Ckks);
        Assert.Equal(new CkksPlan(2, 3, 5, SumCheckLevel.Full), ConfigFile.Load(ConfigFile.AnySites + "job.protection { mode = ckks, colluding = 2, verification = full }").Job.Protection.Ckks);
        Assert.Equal(new CkksPlan(0, 2, 3, SumCheckLevel.Fingerprint, 500), ConfigFile.Load(ConfigFile.AnySites + "job.protection { mode = ckks, openings-per-key = 500 }").Job.Protection.Ckks);
        Assert.Null(ConfigFile.Load(ConfigFile.AnySites + "job.protection { mode = ckks, colluding = 1 }").Job.Protection.SecAgg);
        Assert.Null(ConfigFile.Load(ConfigFile.AnySites + "job.protection { mode = plain, colluding = 1 }").Job.Protection.SecAgg);
    }

    [Theory]
    [InlineData("job.protection { mode = secagg, colluding = 1 }", "secagg against the server and 1 site with it, opened by 3 of 4 sites, contributions kept: none")]
    [InlineData("job.protection { mode = ckks, colluding = 1 }", "ckks against the server and 1 site with it, opened by 2 of 4 sites after 3 have confirmed, sums verified: fingerprint, contributions kept: none")]
    [InlineData("job.protection = plain", "plain, contributions kept: all rounds")]
    public void The_summary_says_against_whom_it_protects_and_who_opens(string written, string line) =>
        Assert.Contains($"protection   {line}\n", ConfigSummary.Text(ConfigFile.Load(written)), StringComparison.Ordinal);

    [Fact]
    public void The_mode_may_come_from_the_environment() =>
        Assert.Equal(ProtectionChoice.Secagg, ConfigFile.Load(ConfigFile.AnySites + "job.protection = plain\njob.protection = ${?FED_PROTECTION}", ("FED_PROTECTION", "secagg")).Job.Protection.Mode);

    [Theory]
    [InlineData("job.protection { mode = secagg, colluding = 1 }", "plain", ProtectionChoice.Plain)]
    [InlineData("job.protection { mode = plain, colluding = 1 }", "secagg", ProtectionChoice.Secagg)]
    public void A_mode_alone_over_a_file_keeps_the_rest_of_its_block(string written, string over, object mode)
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", $"{ConfigFile.Valid}\n{written}");
        FedConfig config = FedConfig.Load(file, static _ => null, HoconText.Parse($"job.protection = {over}", "over"));
        Assert.Equal(Plain with { Mode = (ProtectionChoice)mode, Colluding = 1 }, config.Job.Protection);
    }

    [Fact]
    public void A_block_over_a_mode_alone_keeps_the_defaults_of_what_it_does_not_say()
    {
        using TemporaryFolder folder = new();
        string file = folder.Write("t.conf", $"{ConfigFile.Valid}\njob.protection = plain");
        FedConfig config = FedConfig.Load(file, static _ => null, HoconText.Parse("job.protection { mode = secagg }", "over"));
        Assert.Equal(Plain with { Mode = ProtectionChoice.Secagg }, config.Job.Protection);
    }
}
