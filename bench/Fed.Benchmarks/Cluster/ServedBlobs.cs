using System.Diagnostics;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Cluster.Messaging;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Cluster.Stores;

namespace Fed.Benchmarks.Cluster;

/// <summary>A server's files, as another process fetches them over the broker.</summary>
internal sealed class ServedBlobs : IDisposable
{
    private readonly ThreadWorkerPool _workers = new(2);
    private readonly RabbitBulk _bulk;
    private readonly string _folder = Directory.CreateTempSubdirectory("fed-bench-").FullName;
    private readonly FileBlobStore _store;
    private readonly IDisposable _serving;

    public ServedBlobs(BenchCluster cluster)
    {
        Wire = cluster.Connect(BenchCluster.Server);
        _bulk = new RabbitBulk(Wire.Node, _workers, new BulkOptions());
        _store = new FileBlobStore(_folder);
        _serving = _bulk.Register(BenchCluster.ServerAddress, _store);
        Wire.WaitUntilReady();
    }

    /// <summary>The server's connection.</summary>
    public BenchWire Wire { get; }

    /// <summary>Stores arbitrary bytes.</summary>
    public Digest Add(long length) => Write(_store, length);

    /// <summary>Stores arbitrary bytes somewhere.</summary>
    public static Digest Write(IBlobStore store, long length)
    {
        using IBlobWriter writer = store.Create();
        byte[] piece = new byte[1 << 20];
        Random random = new(1);
        for (long left = length; left > 0; left -= piece.Length)
        {
            random.NextBytes(piece);
            writer.Write(piece.AsSpan(0, (int)Math.Min(piece.Length, left)));
        }

        return writer.Commit();
    }

    /// <summary>Lets the other process fetch its blob; seconds.</summary>
    public static double Fetch(Process site)
    {
        site.StandardInput.WriteLine("go");
        string said = site.Answer();
        return double.TryParse(said, CultureInfo.InvariantCulture, out double seconds) ? seconds : throw new IOException(said);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _serving.Dispose();
        _bulk.Dispose();
        _workers.Dispose();
        Wire.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
