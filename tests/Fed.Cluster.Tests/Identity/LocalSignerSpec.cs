using Fed.Actors.Ports;
using Fed.Cluster.Identity;
using Fed.TestKit.Stores;

namespace Fed.Cluster.Tests.Identity;

public sealed class LocalSignerSpec : SignerSpec, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LocalSignerSpec() => Signers = (LocalSigner.LoadOrCreate(_folder["north.pem"]), LocalSigner.LoadOrCreate(_folder["south.pem"]));

    protected override (ISigner Mine, ISigner Other) Signers { get; }

    public void Dispose() => _folder.Dispose();
}
