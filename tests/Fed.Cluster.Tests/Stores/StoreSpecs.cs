using Fed.Actors.Ports;
using Fed.Cluster.Stores;
using Fed.TestKit;
using Fed.TestKit.Stores;

namespace Fed.Cluster.Tests.Stores;

public sealed class FileBlobStoreSpec : BlobStoreSpec, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FileBlobStoreSpec() => Store = new FileBlobStore(_folder["blobs"]);

    protected override IBlobStore Store { get; }

    public void Dispose() => _folder.Dispose();
}

/// <summary>The production store on the simulated disk: the same code that the crash tests run.</summary>
public sealed class FileBlobStoreOnSimulatedDiskSpec : BlobStoreSpec
{
    protected override IBlobStore Store { get; } = new FileBlobStore("/data/blobs", new SimulatedFileSystem(new SeededSimulation(seed: 1)));
}

public sealed class FileInboxSpec : InboxSpec, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public FileInboxSpec() => Inbox = new FileInbox(_folder["inbox"]);

    protected override IInbox Inbox { get; }

    public void Dispose() => _folder.Dispose();
}
