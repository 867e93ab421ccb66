using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.TestKit.Stores;
using Xunit;

namespace Fed.TestKit.Transport;

/// <summary>What every bulk transfer promises; derive a test class per implementation.</summary>
public abstract class BulkTransferSpec
{
    private static readonly NodeAddress North = NodeAddress.Silo("north");

    private readonly byte[] _content = Content((2 * IBulkTransfer.PieceBytes) + 99);
    private readonly SimulatedBlobStore _source = new(new SeededSimulation(seed: 1));
    private readonly SimulatedInbox _inbox = new();

    /// <summary>A transfer that knows no node yet.</summary>
    protected abstract IBulkTransfer Bulk { get; }

    /// <summary>Publishes a node's blobs.</summary>
    protected abstract void Register(NodeAddress address, IBlobStore store);

    /// <summary>Lets a simulated transfer do its work; a real one works by itself.</summary>
    protected virtual void Drive()
    {
    }

    [Fact]
    public async Task Contribution_arrives_whole()
    {
        Digest hash = Publish();
        Assert.Null(await ToInbox(hash, _content.Length));
        using Stream? received = _inbox.OpenRead("e", hash, _content.Length);
        Assert.NotNull(received);
        Assert.Equal(_content, ReadAll(received));
    }

    [Fact]
    public async Task Transfer_fetches_only_what_is_missing()
    {
        Digest hash = Publish();
        byte[] wrong = new byte[IBulkTransfer.PieceBytes];
        using (IInboxEntry entry = _inbox.Open("e", hash, _content.Length)) entry.Write(1, wrong);
        Assert.NotNull(await ToInbox(hash, _content.Length));   // the wrong piece was kept, so the whole is wrong, and the entry is emptied
        Assert.Null(await ToInbox(hash, _content.Length));
    }

    [Fact]
    public async Task Published_blob_is_copied_into_a_store_once()
    {
        Digest hash = Publish();
        var target = new SimulatedBlobStore(new SeededSimulation(seed: 2));
        Assert.Null(await ToStore(hash, target));
        Assert.Null(await ToStore(hash, target));
        using Stream received = target.OpenRead(hash);
        Assert.Equal(_content, ReadAll(received));
    }

    [Fact]
    public async Task Published_blob_is_fetched_to_memory_whole_or_not_at_all()
    {
        Digest hash = Publish();
        (byte[]? content, string? failure) = await ToMemory(hash);
        Assert.Null(failure);
        Assert.Equal(_content, content);
        (byte[]? nothing, string? reason) = await ToMemory(Digest.Of("absent"u8));
        Assert.Null(nothing);
        Assert.NotNull(reason);
    }

    [Fact]
    public async Task Blob_of_more_bytes_than_are_wanted_is_not_fetched_to_memory()
    {
        Digest hash = Publish();
        (byte[]? nothing, string? reason) = await ToMemory(hash, lengthMax: _content.Length - 1);
        Assert.Null(nothing);
        Assert.Contains($"{_content.Length} bytes", reason, StringComparison.Ordinal);
        Assert.Equal(_content, (await ToMemory(hash, lengthMax: _content.Length)).Content);
        Assert.Null((await ToMemory(hash, lengthMax: _content.Length - 1)).Content);   // one that is still there from before neither
    }

    [Fact]
    public async Task Parts_of_a_blob_arrive_in_order_and_nothing_else_of_it()
    {
        Digest hash = Publish();
        int record = _content.Length / 13;   // 2 MiB and 99 bytes are 13 records
        BlobParts parts = new(record, record / 3, record - (record / 3));
        (byte[]? content, string? failure) = await ToMemory(hash, parts);
        Assert.Null(failure);
        Assert.Equal([.. _content.Chunk(record).SelectMany(chunk => chunk.Skip(parts.Offset).Take(parts.Length))], content!);

        int tail = _content.Length - (12 * record);   // the last record as what follows
        (byte[]? some, _) = await ToMemory(hash, parts with { Records = [2, 7], Tail = tail });
        Assert.Equal([.. new[] { 2, 7 }.SelectMany(at => _content.Skip((at * record) + parts.Offset).Take(parts.Length)), .. _content[^tail..]], some!);
        Assert.Contains("records 2 to 13", (await ToMemory(hash, parts with { Records = [2, 13] })).Failure, StringComparison.Ordinal);

        (byte[]? nothing, string? reason) = await ToMemory(hash, new BlobParts(_content.Length - 1, 0, 1));
        Assert.Null(nothing);
        Assert.Contains("no whole number of records", reason, StringComparison.Ordinal);
        Assert.NotNull((await ToMemory(Digest.Of("absent"u8), parts)).Failure);
    }

    [Fact]
    public async Task Failure_is_a_sentence()
    {
        Digest hash = Digest.Of("missing"u8);
        Assert.Contains("not connected", await ToInbox(hash, 7), StringComparison.Ordinal);
        Register(North, _source);
        Assert.Contains(hash.ToString(), await ToInbox(hash, 7), StringComparison.Ordinal);
        Assert.Contains(hash.ToString(), await ToStore(hash, new SimulatedBlobStore(new SeededSimulation(seed: 3))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damaged_or_mismatched_source_is_refused()
    {
        Digest hash = Publish();
        Assert.Contains("announced", await ToInbox(hash, _content.Length + 1), StringComparison.Ordinal);
        _source.Damage(hash, offset: IBulkTransfer.PieceBytes + 3);
        Assert.Contains("announced hash", await ToInbox(hash, _content.Length), StringComparison.Ordinal);
        var target = new SimulatedBlobStore(new SeededSimulation(seed: 4));
        Assert.Contains("announced hash", await ToStore(hash, target), StringComparison.Ordinal);
        Assert.Empty(target.List());   // nothing is left of it, under whatever name
    }

    private Digest Publish()
    {
        Register(North, _source);
        using IBlobWriter writer = _source.Create();
        writer.Write(_content);
        return writer.Commit();
    }

    private Task<string?> ToInbox(Digest hash, long length) => Settle(done => Bulk.FetchToInbox(North, hash, length, _inbox, "e", done));

    private async Task<(byte[]? Content, string? Failure)> ToMemory(Digest hash, BlobParts? parts = null, long lengthMax = long.MaxValue)
    {
        byte[]? content = null;
        string? failure = await Settle(done =>
        {
            if (parts is { } some) Bulk.FetchPartsToMemory(North, hash, some, Take);
            else Bulk.FetchToMemory(North, hash, Take, lengthMax);

            void Take(byte[]? bytes, string? reason)
            {
                content = bytes;
                done(reason);
            }
        });
        return (content, failure);
    }

    private Task<string?> ToStore(Digest hash, IBlobStore target) => Settle(done => Bulk.FetchToStore(North, hash, target, done));

    private Task<string?> Settle(Action<Action<string?>> start)
    {
        var outcome = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        start(outcome.SetResult);
        Drive();
        return outcome.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static byte[] ReadAll(Stream stream)
    {
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Content(int count)
    {
        var bytes = new byte[count];
        new SeededRandomness(seed: 6).Fill(bytes);
        return bytes;
    }
}
