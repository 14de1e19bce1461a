// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.product;

import dev.rollcall.examples.product.v1.GetProductRequest;
import dev.rollcall.examples.product.v1.GetProductResponse;
import dev.rollcall.examples.product.v1.ListSalesRequest;
import dev.rollcall.examples.product.v1.ListSalesResponse;
import dev.rollcall.examples.product.v1.ProductServiceGrpc;
import dev.rollcall.examples.product.v1.SellProductRequest;
import dev.rollcall.examples.product.v1.SellProductResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;

/** The warehouse over gRPC. */
final class ProductEndpoint extends ProductServiceGrpc.ProductServiceImplBase {
  private final Warehouse warehouse;

  ProductEndpoint(Warehouse warehouse) {
    this.warehouse = warehouse;
  }

  @Override
  public void getProduct(GetProductRequest request, StreamObserver<GetProductResponse> out) {
    var product = warehouse.product(request.getProductId());
    if (product.isEmpty()) {
      out.onError(refused(Status.NOT_FOUND, Warehouse.unknown(request.getProductId())));
      return;
    }
    out.onNext(GetProductResponse.newBuilder().setProduct(product.get()).build());
    out.onCompleted();
  }

  @Override
  public void sellProduct(SellProductRequest request, StreamObserver<SellProductResponse> out) {
    if (request.getRequestId().isEmpty()) {
      out.onError(
          refused(Status.INVALID_ARGUMENT, "request_id: empty (expected: any unique text)"));
      return;
    }
    Warehouse.Outcome outcome = warehouse.sell(request.getProductId(), request.getRequestId());
    if (outcome instanceof Warehouse.Sold sold) {
      out.onNext(SellProductResponse.newBuilder().setSale(sold.sale()).build());
      out.onCompleted();
    } else if (outcome instanceof Warehouse.OutOfStock none) {
      out.onError(refused(Status.FAILED_PRECONDITION, none.message()));
    } else if (outcome instanceof Warehouse.Unknown unknown) {
      out.onError(refused(Status.NOT_FOUND, unknown.message()));
    }
  }

  @Override
  public void listSales(ListSalesRequest request, StreamObserver<ListSalesResponse> out) {
    out.onNext(warehouse.sales());
    out.onCompleted();
  }

  private static Exception refused(Status status, String message) {
    return status.withDescription(message).asException();
  }
}
