using System.Text.Json.Nodes;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Cluster.Identity;
using Fed.EndToEnd.Journals;
using Fed.EndToEnd.Running;
using Fed.Host.Commands;
using Fed.Host.History;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>What sites tell, by their own journals and by exports of them, held against the coordinator's journal; and a site's own audit.</summary>
public sealed class AuditReceiptsTests(FinishedRuns finished) : IDisposable
{
    private const string Job = "quickstart-1", Site = "site-3";

    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData("job.protection { mode = secagg, colluding = 1 }")]
    [InlineData("job.protection { mode = ckks, colluding = 1 }")]
    public void True_exports_agree_with_the_journal(string protection)
    {
        new RunHere().Run(_workspace, Settings(protection));
        FedResult audit = _workspace.Fed("audit", "verify", "--json", "--receipts", Export(Site).File, Export("site-0").File).Succeeded();
        Assert.Equal(5 + 2, audit.Json().GetProperty("counts")[0].GetProperty("statements").GetInt32());   // journals, and exports
        Assert.Equal(0, audit.Json().GetProperty("counts")[0].GetProperty("unheard").GetArrayLength());
    }

    [Fact]
    public void Export_that_was_changed_on_its_way_accuses_nobody()
    {
        _workspace.With(finished.Short);
        (string file, JsonNode export) = Export(Site);
        Contribution(export)["sha256"] = new string('0', 64);
        Finds(Changed(file, export), $"export of site {Site}: '{file}' proves nothing: site '{Site}' has not signed it so: it was changed since");
    }

    [Fact]
    public void Export_that_another_site_has_signed_accuses_nobody()
    {
        _workspace.With(finished.Short);
        (string file, JsonNode export) = Export(Site);
        using LocalSigner other = LocalSigner.LoadOrCreate(_workspace.Layout.Site("site-1").PrivateKey);
        export["about"]![0]!["key"] = other.KeyId.ToString();
        Finds(Changed(file, export), "it is signed by the key ", "and the plan names ", $"for site '{Site}'");
    }

    [Theory]
    [InlineData(Site, Job, $"export of site {Site}: ", "it carries no signature")]
    [InlineData("ghost", Job, "export of site ghost: ", "it carries no signature")]
    [InlineData(Site, "elsewhere-1", $"export of site {Site}: ", "it carries no signature")]
    public void Export_without_a_signature_is_named_and_counts_for_nothing(string site, string job, params string[] parts)
    {
        _workspace.With(finished.Short);
        (string file, JsonNode export) = Export(Site);
        (export["departures"], export["receipts"]) = (new JsonArray(), new JsonArray());
        JsonNode about = export["about"]![0]!;
        (about["site"], about["job"], about["key"], about["signature"]) = (site, job, null, null);
        Unhears();   // so that nothing but the export tells of the site
        Finds(Changed(file, export), [.. parts, $"not held against the journal: what {Site} would tell of job {Job}; bring", " 4 statements of sites", ": 2 findings"]);   // with the journal that is gone
    }

    [Fact]
    public void Export_of_a_site_that_the_job_does_not_have_counts_for_nothing_even_signed()
    {
        _workspace.With(finished.Short);
        (string file, JsonNode export) = Export(Site);
        export["about"]![0]!["site"] = "ghost";
        Finds(Signed(file, export), "export of site ghost: ", $"proves nothing: job {Job} has no site 'ghost'", " 5 statements of sites");
    }

    [Fact]
    public void Export_of_a_job_that_the_journal_does_not_have_counts_only_with_a_key_of_its_site()
    {
        _workspace.With(finished.Short);
        (string file, JsonNode export) = Export(Site);
        (export["departures"], export["receipts"], export["about"]![0]!["job"]) = (new JsonArray(), new JsonArray(), "elsewhere-1");
        Finds(Signed(file, export), $"site '{Site}' has worked for job elsewhere-1, which the journal does not have", " 5 statements of sites");
        Finds(Signed(file, export, "site-1"), $"is not known as one of a site '{Site}'", " 5 statements of sites");
    }

    [Fact]
    public void What_was_not_told_is_named_by_job_and_site_until_it_is_brought()
    {
        _workspace.With(finished.Short);
        string file = Export(Site).File;
        Unhears();
        Assert.Equal([$"{Job}/{Site}"], Unheard());
        Assert.Empty(Unheard("--receipts", file));
    }

    [Fact]
    public void Other_contribution_than_the_journal_counts_is_named_with_site_and_round()
    {
        _workspace.With(finished.Short);
        (string file, JsonNode export) = Export(Site);
        string sent = Contribution(export)["sha256"]!.GetValue<string>();
        Contribution(export)["sha256"] = new string('0', 64);
        Finds(Signed(file, export), $"site '{Site}', job {Job}, round 1: the journal counts the contribution {sent}", $"to 'training', and the site has sent {new string('0', 64)}");
    }

    [Fact]
    public void Contribution_that_the_site_has_not_sent_and_round_that_the_journal_has_not_are_named()
    {
        _workspace.With(finished.Short);
        (string file, JsonNode export) = Export(Site);
        export["departures"]!.AsArray().Remove(Contribution(export));
        export["receipts"]![2]!["committed"] = false;
        Finds(Signed(file, export), $"site '{Site}', job {Job}, round 1: the journal counts the contribution", "and the site has sent none", "round 2: the site was told that it was not committed, and the journal has committed it");
    }

    [Fact]
    public void Sum_that_was_opened_for_another_set_of_sites_is_named()
    {
        new RunHere().Run(_workspace, Settings("job.protection { mode = secagg, colluding = 1 }"));
        (string file, JsonNode export) = Export(Site);
        JsonNode opened = export["departures"]!.AsArray().First(static row => row!["sites"] is JsonArray && row["round"]!.GetValue<int>() == 1)!;
        opened["sites"]!.AsArray().RemoveAt(0);
        Finds(Signed(file, export), $"site '{Site}', job {Job}, round 1: the site has opened the sum '", "and the journal has it of site-0, site-1, site-2, site-3, site-4");
    }

    [Fact]
    public void Journal_that_was_rewritten_disagrees_with_the_export_and_with_its_receipts()
    {
        _workspace.With(finished.Short);
        string file = Export(Site).File;
        const string Rounds = "rounds/" + Job;
        JournalEvent committed = JournalEdit.Read(_workspace.Layout.Node.Journal, Rounds).Last(static stored => stored.Tag == "round-committed");
        string before = JournalEdit.Payload(committed);
        JsonNode after = JsonNode.Parse(before)!;
        JsonArray contributions = after["sums"]![0]!["contributions"]!.AsArray();
        contributions.Remove(contributions.First(static counted => counted!["silo"]!.GetValue<string>() == Site));
        after["sums"]!.AsArray().RemoveAt(1);
        JournalEdit.Rewrite(_workspace.Layout.Node.Journal, Rounds, committed.Sequence, before, after.ToJsonString());
        Finds(file, $"export of site {Site}: site '{Site}', job {Job}, round {FinishedRuns.ShortRounds}: the site was told that it took part, and the journal counts nothing of it", "a receipt proves another history");
    }

    [Fact]
    public void What_is_no_export_and_where_there_is_no_coordinator_are_sentences()
    {
        _workspace.With(finished.Short);
        _workspace.Fed("audit", "verify", "--receipts", _workspace.Write("odd.json", "{}")).Refused(ExitCodes.User, "odd.json' is no export of a site", "fed audit export JOB --site DIR --json");
        _workspace.Fed("audit", "verify", "--receipts", _workspace.PathOf("none.json")).Refused(ExitCodes.User, "none.json' cannot be read");
        string kit = Kit();
        FedHere.Run("audit", "verify", "--data", kit, "--receipts", Export(Site).File).Refused(ExitCodes.User, "is a site's", "name its kit with --data");
    }

    /// <summary>A kit has the site's journal alone: whatever it says must agree with itself.</summary>
    [Fact]
    public void Site_verifies_its_own_journal()
    {
        _workspace.With(finished.Short);
        string kit = Kit(), journal = new Fed.Cluster.Stores.DataDirectory(Path.Combine(kit, "data")).Node.Journal, log = $"silo/{Job}/{Site}";
        FedResult unknown = FedHere.Run("audit", "verify", "--data", kit);
        Assert.Contains($"site {Site}: the receipt of round 0 does not carry the signature of a coordinator that is known here", unknown.Out, StringComparison.Ordinal);   // a simulated site's kit has no members

        JournalEvent stored = JournalEdit.Read(journal, log).First(static e => e.Tag == ProtocolSerializers.Silo.TagOf<SiloEvent.ContributionStored>());
        JournalEdit.Rewrite(journal, log, stored.Sequence, "\"round\":0", "\"round\":7");
        FedResult settled = FedHere.Run("audit", "verify", "--data", kit, "--json");
        Assert.Equal(ExitCodes.Environment, settled.ExitCode);
        Assert.Equal(1, settled.Json().GetProperty("counts")[0].GetProperty("journals").GetInt32());

        JournalEdit.Sql(journal, "UPDATE events SET payload = payload || ' ' WHERE sequence = 2");
        Assert.Contains("was changed after it was written", FedHere.Run("audit", "verify", "--data", kit).Out, StringComparison.Ordinal);
    }

    private string Settings(string protection) => _workspace.Conf(Repository.Quickstart, "job.rounds = 2", "simulation.baselines = false", protection);

    /// <summary>The site's journal and blobs as they would lie in its kit.</summary>
    private string Kit()
    {
        string kit = _workspace.PathOf("kit"), node = Path.Combine(kit, "data", "node");
        Directory.CreateDirectory(node);
        foreach (string file in Directory.EnumerateFiles(_workspace.Layout.Site(Site).Root, "journal.sqlite*")) File.Copy(file, Path.Combine(node, Path.GetFileName(file)));
        return kit;
    }

    private (string File, JsonNode Json) Export(string site)
    {
        FedResult export = _workspace.Fed("audit", "export", Job, "--site", _workspace.Layout.Site(site).Root, "--json").Succeeded();
        return (_workspace.Write($"{site}.json", export.Out), JsonNode.Parse(export.Out)!);
    }

    private static JsonNode Contribution(JsonNode export) => export["departures"]!.AsArray().First(static row => row!["bytes"] is not null && row["round"]!.GetValue<int>() == 1 && row["purpose"]!.GetValue<string>() == "training")!;

    private static string Changed(string file, JsonNode export)
    {
        File.WriteAllText(file, export.ToJsonString());
        return file;
    }

    /// <summary>As the site tells it itself, with its signature.</summary>
    private string Signed(string file, JsonNode export, string site = Site)
    {
        using LocalSigner own = LocalSigner.LoadOrCreate(_workspace.Layout.Site(site).PrivateKey);
        StatementSignature signature = StatementFile.Read(Changed(file, export)).SignedBy(own).Signature!;
        (export["about"]![0]!["key"], export["about"]![0]!["signature"]) = (signature.KeyId.ToString(), Convert.ToBase64String(signature.Signature));
        return Changed(file, export);
    }

    /// <summary>Takes the site's journal away, as that of a site on another machine.</summary>
    private void Unhears()
    {
        foreach (string file in Directory.EnumerateFiles(_workspace.Layout.Site(Site).Root, "journal.sqlite*")) File.Delete(file);
    }

    private string[] Unheard(params string[] more) => [.. _workspace.Fed(["audit", "verify", "--json", .. more]).Json().GetProperty("counts")[0].GetProperty("unheard").EnumerateArray().Select(static part => part.GetString()!)];

    private void Finds(string file, params ReadOnlySpan<string> parts)
    {
        FedResult audit = _workspace.Fed("audit", "verify", "--receipts", file);
        Assert.Equal(ExitCodes.Environment, audit.ExitCode);
        foreach (string part in parts) Assert.Contains(part, audit.Out, StringComparison.Ordinal);
    }
}
