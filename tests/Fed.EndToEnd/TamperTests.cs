using System.Text.Json;
using System.Text.Json.Nodes;
using Fed.Actors.Persistence;
using Fed.Cluster.Stores;
using Fed.EndToEnd.Journals;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>A finished job whose files were damaged, or changed by somebody who would rewrite what happened.</summary>
public sealed class TamperTests(FinishedRuns finished) : IDisposable
{
    private const string Rounds = "rounds/quickstart-1";
    private const int Round = 3;

    private readonly Workspace _workspace = new Workspace().With(finished.Short);

    private NodeDirectory Node => _workspace.Layout.Node;

    public void Dispose() => _workspace.Dispose();

    [Theory]
    [InlineData(0.5, 2, "the file is damaged")]
    [InlineData(0.001, 2, "the file is damaged")]
    [InlineData(0, 1, "is still empty")]
    public void Truncated_journal_is_named_by_every_command_and_left_as_it_is(double kept, int exitCode, string said)
    {
        long length = (long)(new FileInfo(Node.Journal).Length * kept);
        using (FileStream file = File.OpenWrite(Node.Journal)) file.SetLength(length);
        foreach (string command in (string[])["jobs list", "rounds list", "rounds replay 3", "audit verify"]) _workspace.Fed(command.Split(' ')).Refused(exitCode, Node.Journal, said);
        _workspace.Fed("simulate", FinishedRuns.ShortConf(_workspace)).Refused(exitCode, Node.Journal, "restore it from a backup");
        Assert.Equal(length, new FileInfo(Node.Journal).Length);
    }

    [Fact]
    public void Edited_event_is_found_by_its_hash()
    {
        JournalEvent committed = Committed(Round);
        JournalEdit.Edit(Node.Journal, Rounds, committed.Sequence, "\"round\":3,\"step\"", "\"round\":3, \"step\"");
        AuditFinds($"event {committed.Sequence} (round-committed) of '{Rounds}' was changed after it was written");
    }

    [Fact]
    public void Consistently_rewritten_journal_is_found_by_the_receipts_of_the_sites()
    {
        JournalEvent committed = Committed(Round);
        JournalEdit.Rewrite(Node.Journal, Rounds, committed.Sequence, "\"accuracy\":0.99", "\"accuracy\":1.99");
        string found = AuditFinds("a receipt proves another history");
        Assert.DoesNotContain("was changed after it was written", found, StringComparison.Ordinal);   // the chain itself is sound
    }

    [Fact]
    public void Cut_tail_is_found_by_the_receipts_of_the_sites()
    {
        JournalEvent committed = Committed(FinishedRuns.ShortRounds);
        JournalEdit.Sql(Node.Journal, $"DELETE FROM events WHERE persistence_id = '{Rounds}' AND sequence >= {committed.Sequence}");
        AuditFinds("a receipt proves event", "events were cut off");
    }

    [Theory]
    [InlineData("job/quickstart-1", 1)]
    [InlineData("job/quickstart-1", 6)]
    [InlineData("aggregation/quickstart-1", 1)]
    [InlineData("rounds/quickstart-1", 1)]
    public void Cut_end_of_any_log_is_found_by_the_signed_ends_beside_the_report(string log, int events)
    {
        JournalEdit.Sql(Node.Journal, $"DELETE FROM events WHERE persistence_id = '{log}' AND sequence > (SELECT MAX(sequence) - {events} FROM events WHERE persistence_id = '{log}')");
        AuditFinds($"of '{log}'", "events were cut off");
    }

    [Fact]
    public void Job_whose_log_lost_its_end_is_carried_on_to_the_same_model()
    {
        string before = new Report(_workspace.Data).FinalSha256;
        const string Log = "job/quickstart-1";
        JournalEdit.Sql(Node.Journal, $"DELETE FROM events WHERE persistence_id = '{Log}' AND sequence > (SELECT MAX(sequence) - 3 FROM events WHERE persistence_id = '{Log}')");
        _workspace.Fed("simulate", FinishedRuns.ShortConf(_workspace), "--resume").Succeeded();
        Assert.Equal(before, new Report(_workspace.Data).FinalSha256);
    }

    [Fact]
    public void Missing_update_that_the_plan_retains_is_no_replay()
    {
        using JsonDocument committed = JsonDocument.Parse(JournalEdit.Payload(Committed(Round)));
        string hash = committed.RootElement.GetProperty("sums")[0].GetProperty("contributions")[0].GetProperty("hash").GetString()!;
        new FileBlobStore(Node.Blobs).Delete(Digest.Parse(hash));
        FedResult replay = _workspace.Fed("rounds", "replay", $"{Round}");
        Assert.Equal(1, replay.ExitCode);
        Assert.Contains("is missing, though the plan retains it", replay.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_model_is_not_exported()
    {
        using JsonDocument committed = JsonDocument.Parse(JournalEdit.Payload(Committed(FinishedRuns.ShortRounds)));
        string path = new FileBlobStore(Node.Blobs).PathOf(Digest.Parse(committed.RootElement.GetProperty("step").GetProperty("state").GetString()!));
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^9] ^= 1;
        File.WriteAllBytes(path, bytes);
        string exported = _workspace.PathOf("model.json");
        _workspace.Fed("model", "export", "--format", "json", "--out", exported).Refused(1, "is damaged");
        Assert.False(File.Exists(exported));
    }

    [Fact]
    public void Deleted_event_is_missed()
    {
        JournalEvent committed = Committed(Round);
        JournalEdit.Sql(Node.Journal, $"DELETE FROM events WHERE persistence_id = '{Rounds}' AND sequence = {committed.Sequence - 1}");
        AuditFinds($"event {committed.Sequence - 1} is missing from '{Rounds}'");
    }

    [Fact]
    public void Rewritten_journal_of_a_site_is_found_by_the_receipts_of_the_node()
    {
        string journal = _workspace.Layout.Site("site-2").Journal;
        const string Log = "silo/quickstart-1/site-2";
        JournalEvent stored = JournalEdit.Read(journal, Log).First(static e => e.Tag == "contribution-stored");
        JournalEdit.Rewrite(journal, Log, stored.Sequence, "\"clipped\":0", "\"clipped\":7");
        AuditFinds("site site-2: a receipt proves another history");
    }

    [Fact]
    public void Flipped_byte_in_a_stored_update_is_found_by_replay_and_by_audit()
    {
        string update = Payload(Round)["sums"]![0]!["contributions"]![1]!["hash"]!.GetValue<string>();
        string path = new FileBlobStore(Node.Blobs).PathOf(Digest.Parse(update));
        byte[] bytes = File.ReadAllBytes(path);
        bytes[100] ^= 1;
        File.WriteAllBytes(path, bytes);

        FedResult replay = _workspace.Fed("rounds", "replay", $"{Round}");
        Assert.Equal(1, replay.ExitCode);
        Assert.Contains($"round {Round}: DIFFERS in 'training'", replay.Out, StringComparison.Ordinal);
        Assert.Contains("site-1", replay.Out, StringComparison.Ordinal);
        AuditFinds("stored update of site 'site-1'", "is damaged");
    }

    [Fact]
    public void Changed_or_missing_model_file_is_found_by_the_journals_model()
    {
        string path = Path.Combine(_workspace.Layout.Job("quickstart-1"), "model.safetensors");
        byte[] whole = File.ReadAllBytes(path);
        foreach (int at in (int[])[3, whole.Length / 2, whole.Length - 1])   // length of the header, a trained number, a scale
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            File.WriteAllBytes(path, changed);
            AuditFinds(path);
        }

        File.WriteAllBytes(path, whole);
        Assert.Contains("all verified", _workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
        File.Delete(path);
        AuditFinds(path, "is missing");
    }

    [Fact]
    public void Missing_update_is_named_by_replay_and_by_audit()
    {
        string update = Payload(Round)["sums"]![0]!["contributions"]![1]!["hash"]!.GetValue<string>();
        File.Delete(new FileBlobStore(Node.Blobs).PathOf(Digest.Parse(update)));
        FedResult replay = _workspace.Fed("rounds", "replay", $"{Round}");
        Assert.DoesNotContain($"round {Round}: bit-identical", replay.Out, StringComparison.Ordinal);
        AuditFinds("stored update of site 'site-1'", update);
    }

    [Fact]
    public void Site_struck_from_the_contributors_is_found_by_replay_and_by_audit()
    {
        JournalEvent committed = Committed(Round);
        string before = JournalEdit.Payload(committed);
        JsonNode after = JsonNode.Parse(before)!;
        after["sums"]![0]!["contributions"]!.AsArray().RemoveAt(1);
        JournalEdit.Rewrite(Node.Journal, Rounds, committed.Sequence, before, after.ToJsonString());

        FedResult replay = _workspace.Fed("rounds", "replay", $"{Round}");
        Assert.Equal(1, replay.ExitCode);
        Assert.Contains($"round {Round}: DIFFERS in 'training'", replay.Out, StringComparison.Ordinal);
        AuditFinds("a receipt proves another history");
    }

    [Fact]
    public void Update_with_the_name_of_another_site_is_found_by_its_signature()
    {
        JournalEvent committed = Committed(Round);
        string before = JournalEdit.Payload(committed);
        JsonNode after = JsonNode.Parse(before)!;
        after["sums"]![0]!["contributions"]![1]!["silo"] = "site-3";
        JournalEdit.Rewrite(Node.Journal, Rounds, committed.Sequence, before, after.ToJsonString());
        AuditFinds("the update of 'site-3' to 'training' does not carry its site's signature");
    }

    [Fact]
    public void Journal_of_a_newer_schema_is_refused_and_left_as_it_is()
    {
        JournalEdit.Sql(Node.Journal, "PRAGMA user_version = 99");
        byte[] before = File.ReadAllBytes(Node.Journal);
        _workspace.Fed("rounds", "list").Refused(2, "journal schema 99", "newer version of fed");
        _workspace.Fed("simulate", FinishedRuns.ShortConf(_workspace)).Refused(2, "journal schema 99", "newer version of fed");
        FedResult audit = _workspace.Fed("audit", "verify");
        Assert.Contains("journal schema 99", audit.Error + audit.Out, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Node.Journal));
    }

    [Fact]
    public void Event_of_a_newer_version_is_refused_with_its_place()
    {
        JournalEvent committed = Committed(Round);
        JournalEdit.Sql(Node.Journal, $"UPDATE events SET version = 99 WHERE persistence_id = '{Rounds}' AND sequence = {committed.Sequence}");
        _workspace.Fed("rounds", "list").Refused(2, "version 99 of 'round-committed'", "use the version that wrote it", "fed audit verify");
        AuditFinds($"event {committed.Sequence} of '{Rounds}' is a 'round-committed' of version 99");
    }

    [Theory]
    [InlineData("not a key\n", "holds no P-256 private key")]
    [InlineData("", "holds no P-256 private key")]
    public void Damaged_key_file_is_named(string content, string said)
    {
        File.WriteAllText(Node.PrivateKey, content);
        _workspace.Fed("simulate", FinishedRuns.ShortConf(_workspace)).Refused(1, Node.PrivateKey, said, "restore it");
        Assert.Single(_workspace.Fed("jobs", "list", "--json").Succeeded().Json().GetProperty("jobs").EnumerateArray());
    }

    [Fact]
    public void Key_file_that_others_can_read_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes are those of Unix");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Node.PrivateKey, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        _workspace.Fed("simulate", FinishedRuns.ShortConf(_workspace)).Refused(1, Node.PrivateKey, "is open to others", "chmod 600");
    }

    [Fact]
    public void Damaged_public_key_is_named_by_the_audit()
    {
        string path = _workspace.Layout.Site("site-4").PublicKey;
        File.WriteAllText(path, "not a key\n");
        FedResult audit = _workspace.Fed("audit", "verify");
        Assert.Equal(1, audit.ExitCode);
        Assert.Contains(path, audit.Error + audit.Out, StringComparison.Ordinal);
    }

    private JournalEvent Committed(int round) =>
        JournalEdit.Read(Node.Journal, Rounds).Single(stored => stored.Tag == "round-committed" && JsonDocument.Parse(stored.Payload).RootElement.GetProperty("round").GetInt32() == round);

    private JsonNode Payload(int round) => JsonNode.Parse(JournalEdit.Payload(Committed(round)))!;

    private string AuditFinds(params ReadOnlySpan<string> parts)
    {
        FedResult audit = _workspace.Fed("audit", "verify");
        Assert.Equal(1, audit.ExitCode);
        foreach (string part in parts) Assert.Contains(part, audit.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("all verified", audit.Out, StringComparison.Ordinal);
        Assert.Empty(audit.Error);
        return audit.Out;
    }
}
