using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals;
using Fed.Cluster.Journals.Sqlite;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.Cluster.Tests.Journals;

public sealed class JournalAuditTests : IDisposable
{
    private const string Log = "coordinator";

    private readonly JournalFixture _journal = new();
    private readonly SimulatedSigner _signer = new("node");

    [Fact]
    public async Task Sound_journal_has_no_findings()
    {
        ImmutableArray<JournalEvent> events = await _journal.WriteAsync(Log, 20);
        await _journal.WriteAsync("silo/north", 3);
        AuditReport report = Chains();
        Assert.True(report.IsSound);
        Assert.Equal([(Log, 20L, events[^1].Hash)], report.Logs.Take(1).Select(log => (log.PersistenceId, log.Events, log.Head)));
        Assert.Equal(["coordinator", "silo/north"], report.Logs.Select(log => log.PersistenceId));
        Assert.Empty(Receipts(events, 1, 10, 20));
    }

    [Theory]
    [InlineData("UPDATE events SET payload = '{\"value\":999}' WHERE sequence = 7")]
    [InlineData("UPDATE events SET at = at + 1 WHERE sequence = 7")]
    [InlineData("UPDATE events SET tag = 'other' WHERE sequence = 7")]
    [InlineData("UPDATE events SET epoch = 1 WHERE sequence = 7")]
    [InlineData("UPDATE events SET version = 0 WHERE sequence = 7")]
    public async Task Edited_event_is_named_and_is_the_only_finding(string sql)
    {
        await _journal.WriteAsync(Log, 20);
        _journal.Tamper(sql);
        AuditFinding finding = Assert.Single(Chains().Findings);
        Assert.Equal((AuditFault.EventChanged, Log, 7L), (finding.Fault, finding.PersistenceId, finding.Sequence));
        Assert.Contains("event 7", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleted_event_is_missing()
    {
        await _journal.WriteAsync(Log, 20);
        _journal.Tamper("DELETE FROM events WHERE sequence IN (5, 6)");
        AuditFinding finding = Assert.Single(Chains().Findings);
        Assert.Equal((AuditFault.EventMissing, 5L), (finding.Fault, finding.Sequence));
        Assert.Contains("events 5 to 6 are missing", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reordered_events_are_both_found()
    {
        await _journal.WriteAsync(Log, 20);
        _journal.Tamper("UPDATE events SET sequence = 100 WHERE sequence = 5; UPDATE events SET sequence = 5 WHERE sequence = 6; UPDATE events SET sequence = 6 WHERE sequence = 100");
        Assert.Equal([5L, 6L, 7L], Chains().Findings.Select(finding => finding.Sequence));
    }

    [Fact]
    public async Task Cut_tail_passes_the_chain_and_fails_a_receipt()
    {
        ImmutableArray<JournalEvent> events = await _journal.WriteAsync(Log, 20);
        _journal.Tamper("DELETE FROM events WHERE sequence > 15");
        Assert.True(Chains().IsSound);
        Assert.Empty(Receipts(events, 15));
        ImmutableArray<AuditFinding> findings = Receipts(events, 10, 18, 20);
        Assert.Equal([(AuditFault.TailMissing, 18L), (AuditFault.TailMissing, 20L)], findings.Select(finding => (finding.Fault, finding.Sequence)));
        Assert.Contains("ends at 15", findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Journal_without_the_log_fails_every_receipt()
    {
        await _journal.WriteAsync("another", 1);
        Assert.Equal(AuditFault.TailMissing, Assert.Single(Receipts(JournalFixture.Events(Log, 4), 4)).Fault);
    }

    [Fact]
    public async Task Consistently_rewritten_history_passes_the_chain_and_fails_receipts_from_the_change_on()
    {
        ImmutableArray<JournalEvent> honest = await _journal.WriteAsync(Log, 20);
        _journal.Tamper("DELETE FROM events WHERE sequence >= 8");
        using (SqliteJournal journal = SqliteJournal.Open(_journal.Path))
            await JournalFixture.AppendAsync(journal, Log, JournalFixture.Events(honest[6].Hash, 7, 13, sequence => $"{{\"value\":{sequence + 1}}}"));
        Assert.True(Chains().IsSound);
        ImmutableArray<AuditFinding> findings = Receipts(honest, 7, 8, 20);
        Assert.Equal([(AuditFault.HistoryRewritten, 8L), (AuditFault.HistoryRewritten, 20L)], findings.Select(finding => (finding.Fault, finding.Sequence)));
    }

    [Fact]
    public async Task Forged_receipt_accuses_nobody()
    {
        ImmutableArray<JournalEvent> events = await _journal.WriteAsync(Log, 5);
        SignedHead honest = SignedHead.Sign(_signer, Log, 5, events[4].Hash);
        SignedHead forged = honest with { Hash = Digest.Of("another history"u8) };
        SignedHead unknown = SignedHead.Sign(new SimulatedSigner("stranger"), Log, 5, Digest.Of("another history"u8));
        using SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_journal.Path);
        var keys = new Dictionary<Digest, ReadOnlyMemory<byte>> { [_signer.KeyId] = _signer.PublicKey };
        ImmutableArray<AuditFinding> findings = JournalAudit.VerifyReceipts(reader, [honest, forged, unknown], _signer, keys);
        Assert.Equal([AuditFault.SignatureInvalid, AuditFault.SignatureInvalid], findings.Select(finding => finding.Fault));
    }

    [Fact]
    public async Task Payload_of_a_newer_version_or_unknown_tag_is_named()
    {
        await _journal.WriteAsync(Log, 2);
        using SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_journal.Path);
        Assert.Empty(JournalAudit.VerifyChains(reader, static tag => tag == "noted" ? 1 : null).Findings);
        Assert.All(JournalAudit.VerifyChains(reader, static _ => 0).Findings, finding => Assert.Equal(AuditFault.NewerVersion, finding.Fault));
        Assert.Equal(2, JournalAudit.VerifyChains(reader, static _ => null).Findings.Length);
    }

    [Fact]
    public async Task Row_that_cannot_be_read_is_a_finding_not_a_crash()
    {
        await _journal.WriteAsync(Log, 5);
        _journal.Tamper("UPDATE events SET hash = x'00' WHERE sequence = 3");
        Assert.Equal(AuditFault.Unreadable, Assert.Single(Chains().Findings).Fault);
    }

    [Fact]
    public void Signed_head_survives_json()
    {
        SignedHead head = SignedHead.Sign(_signer, Log, 5, Digest.Of("head"u8));
        Assert.Equal(head, System.Text.Json.JsonSerializer.Deserialize<SignedHead>(System.Text.Json.JsonSerializer.Serialize(head)));
    }

    private AuditReport Chains()
    {
        using SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_journal.Path);
        return JournalAudit.VerifyChains(reader);
    }

    private ImmutableArray<AuditFinding> Receipts(ImmutableArray<JournalEvent> events, params int[] sequences)
    {
        using SqliteJournalReader reader = SqliteJournal.OpenReadOnly(_journal.Path);
        return JournalAudit.VerifyReceipts(reader, sequences.Select(sequence => SignedHead.Sign(_signer, Log, sequence, events[sequence - 1].Hash)));
    }

    public void Dispose() => _journal.Dispose();
}
